"""One truth as three sources of one company: items, reported changes and invoice lines."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pipeline import once_for_all_workers, write_canonical, write_company

from oracle.changes import change_rows, item_changes
from oracle.inputs import Policies, RawRow, read_inputs
from oracle.ledger import TYPES, Oracle
from orchestration.run.steps import Run
from orchestration.settings import load_company
from orchestration.synthetic.company import simulate
from tests.equivalence.warehouses import (
    MRR_MARTS,
    RULES,
    Setting,
    assert_same,
    broken_rules,
    build_marts,
    native,
    shared_folder,
    tables_of,
)

SMALL = Setting(5, "EUR", "UTC")
MEDIUM = tuple(
    Setting(1, currency, zone, "medium")
    for currency in ("EUR", "USD", "JPY")
    for zone in ("UTC", "Europe/Paris", "America/Los_Angeles", "Pacific/Auckland")
)
BASES = {"itemised": "items", "changed": "changes", "invoiced": "invoice_lines"}
HISTORY = {
    "itemised": ("subscription_items", "discounts"),
    "changed": ("subscription_changes",),
    "invoiced": ("invoices", "invoice_lines", "discounts"),
}
Found = Mapping[tuple[str, Any], Sequence[Any]]


@dataclass(frozen=True)
class Bases:
    """The marts of three sources with the same customers, and the truth."""

    connection: duckdb.DuckDBPyConnection
    tables: Mapping[str, list[RawRow]]
    oracle: Oracle

    def movements(self, source: str) -> Found:
        """Customer and day to type, before, after and delta."""
        found = self.connection.execute(
            "select customer_id, movement_date, movement_type, mrr_before, mrr_after, mrr_delta"
            " from marts.fct_mrr_movements where starts_with(customer_id, ?)",
            [f"{source}:"],
        )
        return {(native(customer), on): rest for customer, on, *rest in found.fetchall()}

    def months(self, source: str) -> Found:
        """Customer and month to the roll-forward."""
        found = self.connection.execute(
            "select customer_id, period_month, opening_mrr, new_mrr, expansion_mrr, contraction_mrr,"
            " churned_mrr, reactivation_mrr, fx_mrr, closing_mrr, closing_mrr_constant, committed_mrr"
            " from marts.fct_customer_mrr_monthly where starts_with(customer_id, ?)",
            [f"{source}:"],
        )
        return {(native(customer), month): rest for customer, month, *rest in found.fetchall()}

    def true_movements(self) -> Found:
        """What the oracle says of the items."""
        return {
            (customer, m.on): (m.type, m.before, m.after, m.delta)
            for customer in self.oracle.days
            for m in self.oracle.movements(customer)
        }

    def true_months(self) -> Found:
        """The same by month."""
        return {
            (row.customer_id, row.month): [
                row.opening, *(row.by_type[name] for name in TYPES), row.fx, row.closing,
                row.closing_constant, row.committed,
            ]
            for row in self.oracle.all_months()
        }  # fmt: skip

    def told_by_invoices(self) -> set[str]:
        """Customers whose MRR changes only where an invoiced period begins, is prorated or ends."""
        owner = {row["invoice_id"]: row["customer_id"] for row in self.tables["invoices"]}
        told: dict[str, set[datetime]] = defaultdict(set)
        for line in self.tables["invoice_lines"]:
            if line["kind"] == "recurring":
                told[owner[line["invoice_id"]]] |= {line["service_start_at"], line["service_end_at"]}
        return {
            customer
            for customer in self.oracle.days
            if all(at.astimezone(UTC) in told[customer] for at, _ in self.oracle.ledger_deltas(customer))
        }

    def prorated(self) -> set[str]:
        """Customers with a change in the middle of a period that an invoice told of afterwards."""
        owner = {row["invoice_id"]: row["customer_id"] for row in self.tables["invoices"]}
        return {owner[row["invoice_id"]] for row in self.tables["invoice_lines"] if row["is_proration"]}


def make(folder: Path, setting: Setting) -> None:
    """The three sources; the customers, subscriptions and prices are delivered with each of them."""
    simulated = simulate(setting.size, setting.seed)
    tables = tables_of(simulated)
    changes = item_changes(read_inputs(tables), setting.policies, simulated.end)
    tables["subscription_changes"] = change_rows(changes)
    for source, names in HISTORY.items():
        delivered = ("customers", "subscriptions", "prices", "fx_rates", *names)
        write_canonical(folder / "extracts" / source, {name: tables[name] for name in delivered})
    company = write_company(
        folder, reporting_currency=setting.currency, reporting_timezone=setting.zone,
        sources=[
            {"name": source, "mapping": "canonical", "options": {"mrr_basis": basis}}
            for source, basis in BASES.items()
        ],
    )  # fmt: skip
    Run(company, simulated.end).land()
    build_marts(company, simulated.end, (*MRR_MARTS, *RULES))


def bases_of(folder: Path, setting: Setting) -> Iterator[Bases]:
    """Build the three sources once for all workers and open them."""
    once_for_all_workers(folder, lambda folder: make(folder, setting))
    simulated = simulate(setting.size, setting.seed)
    tables = tables_of(simulated)
    policies: Policies = setting.policies
    company = load_company(folder / "company.yml")
    with duckdb.connect(str(company.build_file), read_only=True) as connection:
        yield Bases(connection, tables, Oracle(read_inputs(tables), policies, simulated.end))


@pytest.fixture(
    scope="session",
    params=[SMALL, *(pytest.param(setting, marks=pytest.mark.slow) for setting in MEDIUM)],
    ids=lambda setting: setting.name,
)
def bases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Bases]:
    setting: Setting = request.param
    yield from bases_of(shared_folder(tmp_path_factory, worker_id) / f"bases-{setting.name}", setting)


def without_committed(found: Found) -> Found:
    return {key: values[:-1] for key, values in found.items()}


def test_every_ledger_row_is_told_by_its_line(bases: Bases) -> None:
    assert broken_rules(bases.connection) == []


@pytest.mark.parametrize("source", ["itemised", "changed"])
def test_items_and_changes_tell_the_same_truth(bases: Bases, source: str) -> None:
    assert_same(bases.movements(source), bases.true_movements())
    assert_same(without_committed(bases.months(source)), without_committed(bases.true_months()))


def test_committed_mrr_of_items(bases: Bases) -> None:
    assert_same(bases.months("itemised"), bases.true_months())


def test_invoices_tell_the_same_truth_of_whatever_they_tell_of(bases: Bases) -> None:
    """Renewals, ends, and changes within a period, be they billed with the next one a year later."""
    comparable = bases.told_by_invoices()
    assert len(comparable) > 50
    assert len(comparable & bases.prorated()) > 10

    def of_them(found: Found) -> Found:
        return {key: values for key, values in found.items() if key[0] in comparable}

    assert_same(of_them(bases.movements("invoiced")), of_them(bases.true_movements()))
    assert_same(
        of_them(without_committed(bases.months("invoiced"))), of_them(without_committed(bases.true_months()))
    )
