"""What one export of each billing system tells of the past: the same as the oracle."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pipeline import once_for_all_workers, write_company

from oracle.dialects.chargebee import Chargebee
from oracle.inputs import Policies, read_inputs
from oracle.ledger import Oracle
from oracle.payments import dunnings
from orchestration.run.steps import Run
from orchestration.settings import load_company
from orchestration.synthetic.canonical import CanonicalWriter, rows_known
from orchestration.synthetic.company import simulate
from orchestration.synthetic.dialects.stripe import Stripe
from orchestration.synthetic.nights import Archive, Dialect
from tests.equivalence.warehouses import assert_same, build_marts, native, shared_folder

SEED = 7
SYSTEMS: dict[str, tuple[Dialect, str]] = {
    "stripe": (Stripe(), "stripe"),
    "stripe_2022": (Stripe(legacy=True), "stripe"),
    "chargebee": (Chargebee(), "chargebee"),
}


@dataclass(frozen=True)
class Built:
    """The build file of a company billed in each system, one of them, and the truth."""

    connection: duckdb.DuckDBPyConnection
    system: str
    oracle: Oracle

    def rows(self, columns: str, mart: str) -> list[tuple[Any, ...]]:
        """What a mart holds of the system."""
        query = f"select {columns} from marts.{mart} where starts_with(customer_id, ?) order by all"
        return self.connection.execute(query, [f"{self.system}:"]).fetchall()


def make(folder: Path) -> None:
    """One export of each system at the company's end, with the exchange rates beside them."""
    company = simulate("small", SEED)
    events = [event for life in company.lives() for event in life]
    for system, (dialect, _) in SYSTEMS.items():
        (run,) = Archive(events).nights([company.end])
        for name, content in dialect.snapshot(run).items():
            path = folder / "extracts" / system / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    writer = CanonicalWriter(folder / "extracts" / "finance", ("fx_rates",))
    writer.write(rows_known(events, company.end))
    writer.close()
    sources = [{"name": system, "mapping": mapping} for system, (_, mapping) in SYSTEMS.items()]
    written = write_company(
        folder, reporting_currency="EUR", sources=[*sources, {"name": "finance", "mapping": "canonical"}]
    )
    Run(written, company.end).land()
    build_marts(written, company.end, ["fct_payment_recovery", "fct_mrr_movements"])


@pytest.fixture(scope="module", params=SYSTEMS)
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Built]:
    folder = once_for_all_workers(shared_folder(tmp_path_factory, worker_id) / "dialects", make)
    company = simulate("small", SEED)
    tables = rows_known([event for life in company.lives() for event in life], company.end)
    oracle = Oracle(read_inputs(tables), Policies(reporting_currency="EUR"), company.end)
    build_file = load_company(folder / "company.yml").build_file
    with duckdb.connect(str(build_file), read_only=True) as connection:
        yield Built(connection, request.param, oracle)


def test_what_became_of_every_failed_invoice(built: Built) -> None:
    found = built.rows(
        "invoice_id, state, attempts, method, first_failed_at, amount_native", "fct_payment_recovery"
    )
    links = built.oracle.inputs.invoice_payments
    truth = {
        dunning.invoice_id: [
            dunning.state, sum(link["invoice_id"] == dunning.invoice_id for link in links),
            dunning.method or "unknown", dunning.first_failed_at.replace(tzinfo=None), dunning.amount,
        ]
        for dunning in dunnings(built.oracle.inputs, built.oracle.as_of)
    }  # fmt: skip
    assert len(truth) > 10
    assert_same({native(invoice): rest for invoice, *rest in found}, truth)


def test_who_came_and_left_before_the_first_export(built: Built) -> None:
    """One export shows what is over only as ended, and the dates say that it was paid before."""
    found: dict[str, list[str]] = defaultdict(list)
    for customer, on, kind in built.rows("customer_id, movement_date, movement_type", "fct_mrr_movements"):
        found[native(customer)].append(f"{kind} {on}")
    lives = {
        customer: [f"{move.type} {move.on}" for move in built.oracle.movements(customer)]
        for customer in built.oracle.days
    }
    # That somebody no longer counted before the end, having not paid, no export shows.
    unpaid = {
        built.oracle.inputs.customer_of(version)
        for version in built.oracle.inputs.items
        if version.status == "unpaid"
    }
    gone = {
        name: [life[0], life[-1]]
        for name, life in lives.items()
        if life and "churn" in life[-1] and name not in unpaid
    }
    assert len(gone) > 10
    assert_same({name: [life[0], life[-1]] for name, life in found.items() if name in gone}, gone)
