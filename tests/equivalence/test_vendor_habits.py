"""What billing systems let happen, looked at once, weekly and every night: the same as the oracle.

A company whose customers do what systems let them (`habits.py`), written down in each system's own form. The
oracle says what the looks can tell, from the company's events; it never reads an export.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from oracle.ledger import TYPES
from tests.equivalence.habits import CHANGES, FAST, SLOW, Built, Setting, built_sources
from tests.equivalence.warehouses import assert_same, shared_folder

Case = tuple[Built, str]


def cases(*settings: Setting) -> Iterator[Any]:
    """Every source of every company as a parameter."""
    for setting in settings:
        marks = () if setting is FAST else (pytest.mark.slow,)
        for source in (*setting.sources, CHANGES):
            yield pytest.param((setting, source), marks=marks, id=f"{setting.name}-{source}")


@pytest.fixture(params=cases(FAST, *SLOW))
def case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Case]:
    setting, source = request.param
    with built_sources(shared_folder(tmp_path_factory, worker_id), setting) as built:
        yield built, source


def test_the_ledger_of_every_customer(case: Case) -> None:
    built, source = case
    ours = {
        (customer, on, currency): [delta]
        for customer, on, currency, delta in built.rows(
            source,
            "select customer_id, effective_date, currency, sum(mrr_delta_native) from marts.fct_mrr_ledger"
            " group by all having sum(mrr_delta_native) <> 0",
        )
    }
    oracle, theirs = built.oracle(source), defaultdict[Any, Decimal](Decimal)
    for customer in oracle.days:
        for at, deltas in oracle.ledger_deltas(customer):
            for currency, delta in deltas.items():
                theirs[customer, oracle.local_day(at), currency] += delta
    assert_same(ours, {key: [delta] for key, delta in theirs.items() if delta})


def test_the_movements_of_every_customer(case: Case) -> None:
    built, source = case
    ours = {
        (customer, on): rest
        for customer, on, *rest in built.rows(
            source,
            "select customer_id, movement_date, movement_type, mrr_before, mrr_after"
            " from marts.fct_mrr_movements",
        )
    }
    oracle = built.oracle(source)
    theirs = {
        (customer, move.on): [move.type, move.before, move.after]
        for customer in oracle.days
        for move in oracle.movements(customer)
    }
    assert_same(ours, theirs)


def test_the_months_of_every_customer(case: Case) -> None:
    built, source = case
    ours = {
        (customer, month): rest
        for customer, month, *rest in built.rows(
            source,
            "select customer_id, period_month, opening_mrr, new_mrr, expansion_mrr, contraction_mrr,"
            " churned_mrr, reactivation_mrr, fx_mrr, closing_mrr from marts.fct_customer_mrr_monthly"
            " where opening_mrr <> 0 or closing_mrr <> 0 or new_mrr <> 0",
        )
    }
    theirs = {
        (row.customer_id, row.month): [
            row.opening, *(row.by_type[name] for name in TYPES), row.fx, row.closing,
        ]
        for row in built.oracle(source).all_months()
        if row.opening or row.closing or row.by_type["new"]
    }  # fmt: skip
    assert_same(ours, theirs)
