"""What a tile or a pivot adds up without a filter is the total: of every amount, by every label."""

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

import pytest

from oracle.ledger import ZERO
from tests.equivalence.segments import OWN
from tests.equivalence.warehouses import TOLERANCE, Built, native

PIVOT = "marts.fct_customer_plan_mrr_monthly"
MOVEMENTS = ("new_mrr", "expansion_mrr", "contraction_mrr", "churned_mrr", "reactivation_mrr")
AMOUNTS = ("opening_mrr", *MOVEMENTS, "fx_mrr", "closing_mrr", "committed_mrr")
OF_CUSTOMERS = (*OWN, "cohort_year", "size_band")
OF_ITEMS = ("plan", "product")
COMPANY = (
    *AMOUNTS, "arr", "opening_customers", "new_customers", "churned_customers", "reactivated_customers",
    "closing_customers",
)  # fmt: skip


def sums(amounts: tuple[str, ...]) -> str:
    """Each amount added up, as money."""
    return ", ".join(f"cast(sum({amount}) as decimal(18, 4))" for amount in amounts)


@pytest.mark.parametrize("label", ["'all'", *OF_CUSTOMERS])
def test_every_amount_by_every_label_of_a_customer(built: Built, label: str) -> None:
    segment_type = label.strip("'")
    ours = built.rows(f"select period_month, {label}, {sums(AMOUNTS)} from {PIVOT} group by all order by all")
    theirs = built.rows(
        f"select period_month, segment_value, {', '.join(AMOUNTS)} from marts.fct_mrr_monthly"
        " where segment_type = ? order by all",
        segment_type,
    )
    assert len(theirs) > 12
    assert ours == theirs


@pytest.mark.parametrize("label", OF_ITEMS)
def test_every_amount_by_every_label_of_an_item(built: Built, label: str) -> None:
    """A swap of plans is a column of its own there, and an expansion and a contraction here."""
    alike = tuple(one for one in AMOUNTS if one not in ("expansion_mrr", "contraction_mrr"))
    ours = built.rows(
        f"select period_month, {label}, {sums((*alike, 'expansion_mrr + contraction_mrr + plan_change_mrr'))}"
        f" from {PIVOT} group by all order by all"
    )
    theirs = built.rows(
        f"select period_month, segment_value, {', '.join(alike)}, expansion_mrr + contraction_mrr"
        f" from marts.fct_mrr_monthly where segment_type = ? and not ({' = 0 and '.join(AMOUNTS)} = 0)"
        " order by all",
        label,
    )
    assert len(theirs) > 12
    assert ours == theirs


@pytest.mark.parametrize("label", ["billing_interval", "segment"])
def test_labels_that_are_no_segments_are_filled_in_every_row(built: Built, label: str) -> None:
    counts = built.rows(f"select count(distinct {label}), count({label}) = count(*) from {PIVOT}")
    assert counts[0][0] > 1 and counts[0][1]


def test_plan_changes_add_up_to_nothing_and_movements_keep_their_sign(built: Built) -> None:
    assert built.rows(
        f"select sum(plan_change_mrr), sum(abs(plan_change_mrr)) > 0, min(new_mrr) >= 0,"
        f" min(expansion_mrr) >= 0, max(contraction_mrr) <= 0, max(churned_mrr) <= 0,"
        f" min(reactivation_mrr) >= 0 from {PIVOT}"
    ) == [(0, True, True, True, True, True, True)]


def test_every_row_of_the_pivot_rolls_forward(built: Built) -> None:
    assert built.rows(
        f"select count(*) from {PIVOT} where opening_mrr + {' + '.join(MOVEMENTS)} + plan_change_mrr + fx_mrr"
        " <> closing_mrr"
    ) == [(0,)]
    assert built.rows(
        f"select count(*) from {PIVOT} as months left join {PIVOT} as before"
        " on months.customer_id = before.customer_id and months.plan = before.plan"
        " and months.product = before.product and months.billing_interval = before.billing_interval"
        " and months.period_month = before.period_month + interval 1 month"
        " where months.opening_mrr <> coalesce(before.closing_mrr, 0)"
    ) == [(0,)]


def test_the_closing_mrr_and_quantity_of_every_plan_and_interval(built: Built) -> None:
    """Parts of a foreign balance are rounded so that they add up to it: each may be the last digit off."""
    ours = {
        (month, native(customer), plan, native(product), interval): (closing, quantity)
        for month, customer, plan, product, interval, closing, quantity in built.rows(
            "select period_month, customer_id, plan, product, billing_interval, closing_mrr, quantity"
            f" from {PIVOT} where closing_mrr <> 0"
        )
    }
    oracle = built.oracle
    amounts, quantities = defaultdict[Any, Decimal](Decimal), defaultdict[Any, Decimal](Decimal)
    parts = Counter[Any]()
    for customer in oracle.days:
        for month in oracle.months():
            last = oracle.closing_day(month)
            state = oracle.state_on(customer, last)
            natives: dict[Any, Decimal] = defaultdict(lambda: ZERO)
            for item in state.change.items if state else ():
                version = item.version
                interval = _interval(version.interval_unit, version.interval_count)
                key = (month, customer, version.plan_name, version.product_id, interval)
                natives[key, version.currency] += item.mrr
                quantities[key] += version.quantity if item.mrr else 0
            for (key, currency), amount in natives.items():
                if amount:
                    amounts[key] += oracle.rates.value({currency: amount}, last)
                    parts[key] += currency != oracle.policies.reporting_currency
    assert ours.keys() == amounts.keys()
    for key, amount in amounts.items():
        closing, quantity = ours[key]
        assert abs(closing - amount) <= parts[key] * TOLERANCE, key
        assert quantity == quantities[key], key


def test_the_subscriptions_are_the_oracles(whole: Built) -> None:
    """Parts of a foreign balance are rounded so that they add up to it: each may be the last digit off."""
    ours = {
        native(subscription): (native(customer), mrr, quantity)
        for subscription, customer, mrr, quantity in whole.rows(
            "select subscription_id, customer_id, mrr, quantity from marts.dim_subscriptions where mrr <> 0"
        )
    }
    oracle = whole.oracle
    amounts, quantities = defaultdict[Any, Decimal](Decimal), defaultdict[Any, Decimal](Decimal)
    customers, parts = {}, Counter[Any]()
    last = oracle.closing_day(max(oracle.months()))
    for customer in oracle.days:
        state = oracle.state_on(customer, last)
        for item in state.change.items if state else ():
            if item.mrr:
                key, currency = item.version.subscription_id, item.version.currency
                customers[key] = customer
                amounts[key] += oracle.rates.value({currency: item.mrr}, last)
                quantities[key] += item.version.quantity
                parts[key] += currency != oracle.policies.reporting_currency
    assert len(amounts) > 50
    assert ours.keys() == amounts.keys()
    for key, (customer, mrr, quantity) in ours.items():
        assert (customer, quantity) == (customers[key], quantities[key]), key
        assert abs(mrr - amounts[key]) <= parts[key] * TOLERANCE, key


@pytest.mark.parametrize(("months", "mart"), [(1, "fct_churn_monthly"), (12, "fct_churn_annual")])
def test_retention_is_a_plain_sum_of_its_customers(whole: Built, months: int, mart: str) -> None:
    ours = whole.rows(
        "select period_month, sum(kept_mrr) / sum(starting_mrr), sum(ending_mrr) / sum(starting_mrr)"
        " from marts.fct_retention_customers where period_months = ? and not is_partial"
        " group by 1 order by 1",
        months,
    )
    theirs = whole.rows(
        f"select period_month, grr, nrr from marts.{mart} where is_total and grr is not null order by 1"
    )
    assert len(theirs) > 10
    assert ours == theirs


def test_the_company_is_the_total_of_every_month(whole: Built) -> None:
    columns = ", ".join(COMPANY)
    ours = whole.rows(f"select period_month, {columns} from marts.fct_company_monthly order by 1")
    theirs = whole.rows(
        f"select period_month, {columns} from marts.fct_mrr_monthly where segment_type = 'all' order by 1"
    )
    assert len(theirs) > 12
    assert ours == theirs


def _interval(unit: str, count: int) -> str:
    years = {("month", 12): "year", ("quarter", 4): "year", ("month", 3): "quarter"}
    return years.get((unit, count)) or (unit if count == 1 else f"{count} {unit}s")
