"""What investors ask, against the oracle: ARR, concentration, retention by band and with usage."""

from datetime import date

import pytest

from oracle.board import (
    arr_waterfall,
    balances,
    concentration,
    costs_by_month,
    efficiency,
    fiscal_periods,
    later,
    renewals,
    retention_bands,
    usage_by_month,
    usage_of_customers,
    usage_retention,
)
from oracle.growth import cost_of_month
from oracle.ledger import TYPES, ZERO
from oracle.payments import ratio
from tests.equivalence.cash import cash_by_month
from tests.equivalence.rates import of_counts
from tests.equivalence.warehouses import Built, assert_same, native


def test_arr_of_every_fiscal_quarter_and_year(built: Built) -> None:
    ours = {
        (period_type, start): rest
        for period_type, start, *rest in built.rows(
            "select period_type, period_start, fiscal_year, fiscal_quarter, opening_arr, new_arr,"
            " expansion_arr, contraction_arr, churned_arr, reactivation_arr, fx_arr, closing_arr,"
            " net_new_arr, carr - signed_not_live_arr, is_partial from marts.fct_arr_waterfall"
        )
    }
    theirs = {
        key: [
            one.fiscal_year, one.fiscal_quarter, one.opening, *(one.by_type[name] for name in TYPES), one.fx,
            one.closing, sum(one.by_type.values()), one.committed, one.is_partial,
        ]
        for key, one in arr_waterfall(built.oracle).items()
    }  # fmt: skip
    assert len(theirs) > 8
    assert_same(ours, theirs)


def test_what_the_largest_customers_pay_in_every_month(built: Built) -> None:
    ours = {
        month: rest
        for month, *rest in built.rows(
            "select period_month, customers, closing_mrr, top_1_share, top_5_share, top_10_share,"
            " top_20_share, herfindahl_index, is_partial from marts.fct_customer_concentration_monthly"
        )
    }
    oracle, theirs = built.oracle, {}
    for month in oracle.months():
        amounts = balances(oracle, month)
        if amounts:
            theirs[month] = [
                len(amounts), sum(amounts.values()), *concentration(amounts), oracle.is_partial(month)
            ]  # fmt: skip
    assert len(theirs) > 12
    assert_same(ours, theirs)


def test_retention_of_every_band(built: Built) -> None:
    def is_churned(customer: str, eve: date, last: date) -> bool:
        inside = [event for event in built.retention.events[customer] if eve < event.on <= last]
        return not built.oracle.mrr_on(customer, last) and not inside[-1].is_short_pause

    ours = {
        (month, months, segment_type, value): rest
        for month, months, segment_type, value, *rest in built.rows(
            "select period_month, period_months, segment_type, segment_value, starting_customers,"
            " churned_customers, customer_churn_rate, customer_churn_rate_low, customer_churn_rate_high,"
            " starting_mrr, kept_mrr, ending_mrr, grr, nrr from marts.fct_retention_bands_monthly"
            " where not is_partial"
        )
    }
    theirs = {}
    for month in built.oracle.months():
        for months in (1, 12):
            if not built.oracle.is_partial(month):
                for key, band in retention_bands(built.oracle, month, months, is_churned).items():
                    theirs[month, months, *key] = [
                        band.customers, band.churned, *of_counts(band.churned, band.customers), band.starting,
                        band.kept, band.ending, ratio(band.kept, band.starting),
                        ratio(band.ending, band.starting),
                    ]  # fmt: skip
    assert {key[2] for key in theirs} == {"all", "tenure", "starting_mrr"} and len(theirs) > 150
    assert_same(ours, theirs)


def test_retention_with_usage_of_every_month(built: Built) -> None:
    ours = {
        (month, months): rest
        for month, months, *rest in built.rows(
            "select period_month, period_months, starting_customers, starting_mrr, starting_usage_mrr,"
            " ending_mrr, ending_usage_mrr, nrr_with_usage from marts.fct_usage_retention_monthly"
        )
    }
    oracle = built.oracle
    usage = usage_by_month(oracle, built.tables)
    theirs = {
        (month, months): found
        for month in oracle.months() if not oracle.is_partial(month)
        for months in (1, 12)
        if (found := usage_retention(oracle, usage, month, months))[0]
    }  # fmt: skip
    assert any(found[2] for found in theirs.values()) and len(theirs) > 20
    assert_same(ours, theirs)


def test_what_each_customer_pays_with_its_usage(built: Built) -> None:
    ours = {
        (native(customer), month, months): rest
        for customer, month, months, *rest in built.rows(
            "select customer_id, period_month, period_months, starting_mrr, starting_usage_mrr, ending_mrr,"
            " ending_usage_mrr from marts.fct_usage_retention_customers"
        )
    }
    oracle = built.oracle
    usage = usage_by_month(oracle, built.tables)
    theirs = {
        (customer, month, months): found
        for month in oracle.months() if not oracle.is_partial(month)
        for months in (1, 12)
        for customer, found in usage_of_customers(oracle, usage, month, months).items()
    }  # fmt: skip
    assert any(found[1] for found in theirs.values()) and any(found[3] for found in theirs.values())
    assert_same(ours, theirs)


def test_what_growth_costs_in_every_quarter(whole: Built) -> None:
    """Cash and tax are those of the journal, which rules of the gate hold together."""
    ours = {
        quarter: rest
        for quarter, *rest in whole.rows(
            "select period_start, sales_marketing_cost, total_costs, customer_cash, magic_number,"
            " burn_multiple from marts.fct_efficiency_quarterly where not is_partial"
        )
    }
    cash = cash_by_month(whole)
    oracle, tables = whole.oracle, whole.tables
    net_new = {
        start: sum(period.by_type.values(), ZERO)
        for (kind, start), period in arr_waterfall(oracle).items() if kind == "quarter"
    }  # fmt: skip
    booked = costs_by_month(oracle, tables["company_costs"])
    campaigns = {
        month: sum(found.values(), ZERO)
        for month in oracle.months()
        if (found := cost_of_month(oracle, month, tables["acquisition_costs"], tables["ad_spend"]))
    }
    theirs = {}
    for quarter in ours:
        found = efficiency(booked, campaigns, cash, net_new, quarter)
        theirs[quarter] = [
            found.sales_marketing, found.total_costs, found.customer_cash, found.magic_number,
            found.burn_multiple,
        ]  # fmt: skip
    assert sum(None not in row for row in theirs.values()) > 3
    assert_same(ours, theirs)


def test_every_renewal_and_what_came_of_it(whole: Built) -> None:
    ours = {
        (native(subscription), on): rest
        for subscription, on, *rest in whole.rows(
            "select subscription_id, term_end_on, term_start_on, due_mrr, outcome, mrr_after"
            " from marts.fct_renewals"
        )
    }
    theirs = {
        key: [one.starts_on, one.due, one.outcome, one.after]
        for key, one in renewals(whole.oracle, whole.tables).items()
    }
    assert {row[2] for row in theirs.values()} == {"renewed", "expanded", "contracted", "churned", "open"}
    assert_same(ours, theirs)


@pytest.mark.parametrize(
    ("month", "first_month", "quarter", "year"),
    [
        (date(2025, 3, 1), 1, date(2025, 1, 1), date(2025, 1, 1)),
        (date(2025, 12, 1), 1, date(2025, 10, 1), date(2025, 1, 1)),
        (date(2025, 3, 1), 4, date(2025, 1, 1), date(2024, 4, 1)),
        (date(2025, 4, 1), 4, date(2025, 4, 1), date(2025, 4, 1)),
        (date(2025, 1, 1), 12, date(2024, 12, 1), date(2024, 12, 1)),
        (date(2025, 11, 1), 12, date(2025, 9, 1), date(2024, 12, 1)),
    ],
)
def test_fiscal_periods(month: date, first_month: int, quarter: date, year: date) -> None:
    assert fiscal_periods(month, first_month) == (quarter, year)
    assert later(quarter, 3) > month
