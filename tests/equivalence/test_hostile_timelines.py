"""Hundreds of hostile timelines as one company: against the oracle, against themselves in another order and
in several deliveries, and against the invariants of the specification (section 9).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pipeline import once_for_all_workers

from oracle.inputs import Policies, read_inputs
from oracle.ledger import TYPES, Oracle
from orchestration.settings import load_company
from tests.equivalence.hostile import (
    AS_OF,
    CURRENCY,
    EXAMPLES,
    FREE_BEFORE_TRIAL,
    ZONE,
    Tables,
    Timeline,
    draw_timelines,
    landed,
    rates,
    together,
)
from tests.equivalence.warehouses import (
    MRR_MARTS,
    RULES,
    alike,
    broken_rules,
    build_marts,
    native,
    shared_folder,
)

AMOUNTS = (
    "opening_mrr, new_mrr, expansion_mrr, contraction_mrr, churned_mrr, reactivation_mrr, fx_mrr,"
    " closing_mrr, committed_mrr, closing_mrr_constant"
)
Found = Mapping[Any, Sequence[Any]]


def rekeyed(tables: Tables) -> Tables:
    """The rows of merged customers under their survivors, as the oracle wants them."""
    survivors = {row["merged_id"]: row["survivor_id"] for row in tables["crm_merges"]}
    return {
        table: [
            {**row, "customer_id": survivors.get(row["customer_id"], row["customer_id"])}
            if row.get("customer_id") else row
            for row in rows
        ]
        for table, rows in tables.items()
    }  # fmt: skip


def make(folder: Path, timelines: Sequence[Timeline]) -> None:
    """Land the timelines as two sources, and build what is compared."""
    build_marts(landed(folder, timelines), AS_OF, (*MRR_MARTS, "fct_mrr_ledger", *RULES))


@dataclass(frozen=True)
class Batch:
    """The marts of many timelines, and the oracle of the same rows."""

    timelines: Mapping[str, Timeline]
    connection: duckdb.DuckDBPyConnection
    oracle: Oracle

    def rows(self, source: str, columns: str, mart: str) -> Iterator[tuple[Any, ...]]:
        """Columns of a mart, of the customers of one source, their ids without its name."""
        found = self.connection.execute(
            f"select customer_id, {columns} from marts.{mart}"
            " where starts_with(customer_id, ?) order by 1, 2",
            [f"{source}:"],
        )
        return ((native(customer), *rest) for customer, *rest in found.fetchall())

    def months(self, source: str) -> Found:
        """The roll-forward of every customer."""
        rows = self.rows(source, f"period_month, {AMOUNTS}, is_partial", "fct_customer_mrr_monthly")
        return {(customer, month): rest for customer, month, *rest in rows}

    def movements(self, source: str) -> Found:
        """The day movements of every customer."""
        columns = "movement_date, movement_type, mrr_before, mrr_after, mrr_delta, movement_kind"
        rows = self.rows(source, columns, "fct_mrr_movements")
        return {(customer, on): rest for customer, on, *rest in rows}

    def true_movements(self) -> Found:
        """What the oracle says of them, without kinds."""
        return {
            (customer, m.on): (m.type, m.before, m.after, m.delta)
            for customer in self.oracle.days
            for m in self.oracle.movements(customer)
        }

    def assert_same(self, ours: Found, theirs: Found) -> None:
        """Fail with the smallest timeline whose rows differ, and what differs there."""
        assert ours
        wrong: dict[str, list[str]] = defaultdict(list)
        for key in sorted({*ours, *theirs}):
            left, right = ours.get(key), theirs.get(key)
            if left is None or right is None or not all(map(alike, left, right)):
                wrong[key[0]].append(f"  {key[1]}: {left} but expected {right}")
        smallest = min((self.timelines[customer] for customer in wrong), key=len, default=None)
        assert smallest is None, (
            f"{len(wrong)} of {len(self.timelines)} timelines differ: {sorted(wrong)[:40]}\nThe smallest:\n"
            + smallest.text() + "\n" + "\n".join(wrong[smallest.customer_id][:8])
        )  # fmt: skip


def batch_of(folder: Path, timelines: Sequence[Timeline]) -> Iterator[Batch]:
    """Build the timelines once for all workers and open them."""
    once_for_all_workers(folder, lambda folder: make(folder, timelines))
    tables = rekeyed(together(timelines))
    policies = Policies(reporting_currency=CURRENCY, reporting_timezone=ZONE)
    oracle = Oracle(read_inputs({**tables, "fx_rates": rates()}), policies, AS_OF)
    company = load_company(folder / "company.yml")
    with duckdb.connect(str(company.build_file), read_only=True) as connection:
        yield Batch({timeline.customer_id: timeline for timeline in timelines}, connection, oracle)


@pytest.fixture(
    scope="session",
    params=[pytest.param(220, id="220"), pytest.param(5_000, id="5000", marks=pytest.mark.slow)],
)
def batch(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Batch]:
    timelines = [*draw_timelines(request.param), *EXAMPLES]
    yield from batch_of(shared_folder(tmp_path_factory, worker_id) / f"hostile-{request.param}", timelines)


def test_at_least_two_hundred_timelines_of_every_kind(batch: Batch) -> None:
    items = [row for timeline in batch.timelines.values() for row in timeline.tables["subscription_items"]]
    assert len(batch.timelines) >= 200
    assert {row["status"] for row in items} >= {"active", "past_due", "trialing", "paused", "unpaid", "ended"}
    kinds = {move.kind for customer in batch.oracle.days for move in batch.oracle.movements(customer)}
    assert kinds >= {"pause", "resume", "free_downgrade"}
    assert max(len(timeline.tables["subscription_items"]) for timeline in batch.timelines.values()) >= 40


def test_every_movement_is_the_oracles(batch: Batch) -> None:
    ours = {key: values[:4] for key, values in batch.movements("ordered").items()}
    batch.assert_same(ours, batch.true_movements())


def test_every_kind_is_the_oracles(batch: Batch) -> None:
    known = {"pause", "free_downgrade", "resume"}
    theirs = {
        (customer, m.on): [m.kind] for customer in batch.oracle.days for m in batch.oracle.movements(customer)
    }
    ours = {
        key: [values[4] if values[4] in known else None] for key, values in batch.movements("ordered").items()
    }
    batch.assert_same(ours, theirs)


def test_every_month_is_the_oracles(batch: Batch) -> None:
    theirs = {
        (row.customer_id, row.month): [
            row.opening, *(row.by_type[name] for name in TYPES), row.fx, row.closing, row.committed,
            row.closing_constant, row.is_partial,
        ]
        for row in batch.oracle.all_months()
    }  # fmt: skip
    batch.assert_same(batch.months("ordered"), theirs)


def test_shuffled_rows_in_three_deliveries_give_the_same_rows(batch: Batch) -> None:
    batch.assert_same(batch.movements("shuffled"), batch.movements("ordered"))
    batch.assert_same(batch.months("shuffled"), batch.months("ordered"))


def test_months_continue_and_add_up(batch: Batch) -> None:
    closings: dict[str, tuple[Any, Decimal]] = {}
    for (customer, month), (opening, *moves, fx, closing, _, _, _) in sorted(batch.months("ordered").items()):
        assert opening + sum(moves) + fx == closing, (customer, month)
        before = closings.get(customer, (None, Decimal(0)))[1]
        assert opening == before, batch.timelines[customer].text()
        assert closing >= 0
        closings[customer] = (month, closing)


def test_one_new_then_churn_and_reactivation_in_turn(batch: Batch) -> None:
    turns: dict[str, list[str]] = defaultdict(list)
    for (customer, _), (type_, before, after, delta, _) in sorted(batch.movements("ordered").items()):
        assert delta == after - before and min(before, after) >= 0
        if type_ in ("new", "churn", "reactivation"):
            turns[customer].append(type_)
    assert turns
    for customer, types in turns.items():
        expected = (["new"] + ["churn", "reactivation"] * len(types))[: len(types)]
        assert types == expected, batch.timelines[customer].text()


def test_ledger_and_oracle_agree_at_every_instant(batch: Batch) -> None:
    """The native deltas of all items of a customer at one instant, and the effects that explain each."""
    ours: dict[tuple[str, datetime, str], Decimal] = defaultdict(Decimal)
    columns = (
        "effective_at, currency, mrr_delta_native, quantity_effect_native + price_effect_native"
        " + discount_effect_native + interval_effect_native + product_effect_native + start_effect_native"
        " + end_effect_native, mrr_after_native"
    )
    for customer, at, currency, delta, effects, after in batch.rows("ordered", columns, "fct_mrr_ledger"):
        assert delta == effects and after >= 0, batch.timelines[customer].text()
        ours[customer, at.replace(tzinfo=UTC), currency] += delta
    theirs = {
        (customer, at, currency): amount
        for customer in batch.oracle.days
        for at, delta in batch.oracle.ledger_deltas(customer)
        for currency, amount in delta.items()
    }
    batch.assert_same(
        {(c, f"{at} {currency}"): [amount] for (c, at, currency), amount in ours.items() if amount},
        {(c, f"{at} {currency}"): [amount] for (c, at, currency), amount in theirs.items()},
    )


def test_every_ledger_row_is_told_by_its_line(batch: Batch) -> None:
    assert broken_rules(batch.connection) == []


def test_a_first_trial_after_a_free_time_gives_no_mrr(batch: Batch) -> None:
    customer = FREE_BEFORE_TRIAL.customer_id
    assert not [key for key in batch.movements("ordered") if key[0] == customer]
    assert not batch.oracle.movements(customer)
