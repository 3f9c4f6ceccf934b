"""The presets of company.yml through the whole pipeline: against the oracle, and against the bridge that
names what they differ in.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pipeline import once_for_all_workers, write_canonical, write_company

from oracle.inputs import Policies, RawRow, read_inputs
from oracle.ledger import TYPES, Oracle
from orchestration.run.steps import Run
from orchestration.settings import PRESETS, Company, load_company
from orchestration.synthetic.company import simulate
from tests.equivalence.warehouses import (
    MRR_MARTS,
    RULES,
    TOLERANCE,
    assert_same,
    broken_rules,
    build_marts,
    native,
    shared_folder,
    tables_of,
)

SEED = 6
MARTS = (*MRR_MARTS, "fct_definition_bridge")
Found = Mapping[tuple[str, date], list[Any]]


def company_of(folder: Path, preset: str) -> Company:
    """One company under a preset; the landed rows are the same for all."""
    path = folder / preset
    path.mkdir(parents=True, exist_ok=True)
    return write_company(
        path, extracts="../extracts", reporting_currency="EUR", preset=preset,
        sources=[{"name": "demo", "mapping": "canonical"}],
    )  # fmt: skip


def make(folder: Path) -> None:
    """The same rows under each preset."""
    simulated = simulate("small", SEED)
    write_canonical(folder / "extracts" / "demo", tables_of(simulated))
    for preset in PRESETS:
        company = company_of(folder, preset)
        Run(company, simulated.end).land()
        build_marts(company, simulated.end, (*MARTS, *RULES))


@dataclass(frozen=True)
class Presets:
    """The same company under each preset."""

    folder: Path
    tables: Mapping[str, list[RawRow]]

    def rows(self, preset: str, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query on what was built under a preset."""
        company = load_company(self.folder / preset / "company.yml")
        with duckdb.connect(str(company.build_file), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def oracle(self, preset: str) -> Oracle:
        """The truth under the policies that the preset stands for."""
        given = load_company(self.folder / preset / "company.yml").policies
        shared = {field.name for field in fields(Policies)} & {field.name for field in fields(given)}
        plain = {name: getattr(given, name) for name in shared - {"weeks_per_year", "days_per_year"}}
        policies = Policies(reporting_currency="EUR", **plain)
        return Oracle(read_inputs(self.tables), policies, simulate("small", SEED).end)

    def closing(self, preset: str) -> dict[tuple[str, date], Decimal]:
        """Customer and month to the MRR at its end."""
        found = self.rows(
            preset, "select customer_id, period_month, closing_mrr from marts.fct_customer_mrr_monthly"
        )
        return {(customer, month): closing for customer, month, closing in found if closing}


@pytest.fixture(scope="session")
def presets(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Presets]:
    folder = once_for_all_workers(shared_folder(tmp_path_factory, worker_id) / "presets", make)
    yield Presets(folder, tables_of(simulate("small", SEED)))


@pytest.mark.parametrize("preset", PRESETS)
def test_the_engine_follows_the_preset(presets: Presets, preset: str) -> None:
    oracle = presets.oracle(preset)
    ours: Found = {
        (native(customer), month): rest
        for customer, month, *rest in presets.rows(
            preset,
            "select customer_id, period_month, opening_mrr, new_mrr, expansion_mrr, contraction_mrr,"
            " churned_mrr, reactivation_mrr, fx_mrr, closing_mrr, committed_mrr"
            " from marts.fct_customer_mrr_monthly",
        )
    }
    theirs: Found = {
        (row.customer_id, row.month): [
            row.opening, *(row.by_type[name] for name in TYPES), row.fx, row.closing, row.committed
        ]
        for row in oracle.all_months()
    }  # fmt: skip
    assert_same(ours, theirs)


def test_the_presets_differ(presets: Presets) -> None:
    totals = {preset: sum(presets.closing(preset).values()) for preset in PRESETS}
    assert len(set(totals.values())) == len(PRESETS), totals


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "default"])
@pytest.mark.parametrize("own", PRESETS)
def test_the_bridge_leads_from_ours_to_theirs(presets: Presets, own: str, preset: str) -> None:
    """Rates apart: our rate is the month's, whatever the preset. To a preset from itself, no step is left."""
    steps: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    reasons = set()
    for customer, month, reason, amount in presets.rows(
        own,
        "select customer_id, period_month, reason, mrr_difference from marts.fct_definition_bridge"
        f" where to_preset = '{preset}' and reason <> 'exchange_rate'",
    ):
        steps[customer, month] += amount
        reasons.add(reason)
    assert reasons if own != preset else not reasons
    start, end = presets.closing(own), presets.closing(preset)
    wrong = [
        (key, start.get(key), steps.get(key), end.get(key))
        for key in {*start, *steps, *end}
        # Each step is rounded into the reporting currency by itself.
        if abs(start.get(key, 0) + steps.get(key, 0) - end.get(key, 0)) > 5 * TOLERANCE
    ]
    assert not wrong, sorted(wrong, key=str)[:8]


def test_chartmogul_values_a_service_period_at_its_own_rate(presets: Presets) -> None:
    found = presets.rows(
        "chartmogul",
        "select sum(abs(mrr_difference)), count(*) filter (where customer_id not in"
        " (select customer_id from marts.fct_mrr_ledger where currency <> 'EUR'))"
        " from marts.fct_definition_bridge where to_preset = 'chartmogul' and reason = 'exchange_rate'",
    )[0]
    assert found[0] > 0
    assert found[1] == 0


@pytest.mark.parametrize("preset", PRESETS)
def test_every_ledger_row_is_told_by_its_line(presets: Presets, preset: str) -> None:
    company = load_company(presets.folder / preset / "company.yml")
    with duckdb.connect(str(company.build_file), read_only=True) as connection:
        assert broken_rules(connection) == []
