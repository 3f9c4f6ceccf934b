"""Costs against the oracle, and what the health score is worth."""

from datetime import date

import pytest

from oracle.growth import cost_of_month
from tests.equivalence.warehouses import Built


@pytest.mark.parametrize("month", [date(2024, 9, 1), date(2025, 6, 1)])
def test_cost_by_channel(built: Built, month: date) -> None:
    ours = dict(
        built.rows(
            "select channel, sales_marketing_cost from marts.fct_unit_economics_monthly"
            f" where period_month = '{month}' and channel <> 'all' and sales_marketing_cost <> 0"
        )
    )
    theirs = cost_of_month(built.oracle, month, built.tables["acquisition_costs"], built.tables["ad_spend"])
    assert ours == dict(theirs)


def test_the_health_score_finds_more_than_chance(built: Built) -> None:
    [(found, chance)] = built.rows(
        "select sum(churned_mrr_in_worst_decile) / sum(churned_mrr_90d), sum(worst_decile_mrr) / sum(mrr)"
        " from marts.fct_customer_health_lift"
    )
    assert found > 1.5 * chance
