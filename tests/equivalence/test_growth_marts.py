"""Up-sell, cross-sell and the contributions of teams and campaigns against the oracle."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

from oracle.growth import split_of_expansion
from oracle.payments import ratio
from tests.equivalence.warehouses import Built, assert_same, native


def test_every_expansion_is_split_the_same_way(built: Built) -> None:
    ours = {
        (native(customer), month): rest
        for customer, month, *rest in built.rows(
            "select customer_id, period_month, upsell_mrr, cross_sell_mrr from marts.fct_expansion_monthly"
        )
    }
    theirs: dict[tuple[str, date], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for customer in built.oracle.days:
        for move in built.oracle.movements(customer):
            if move.type == "expansion":
                split = split_of_expansion(built.oracle, customer, move.on)
                sums = theirs[customer, move.on.replace(day=1)]
                sums[:] = [sums[0] + split[0], sums[1] + split[1]]
    assert any(up for up, _ in theirs.values()) and any(cross for _, cross in theirs.values())
    assert_same(ours, theirs)


def winners(built: Built, dimension: str) -> dict[str, str]:
    """Each customer's team, or its campaign: what billing says, else the first deal won with its account."""
    won = sorted(
        (row for row in built.tables["crm_deals"] if row["outcome"] == "won" and row["deal_type"] == "new"),
        key=lambda row: (row["won_at"], row["deal_id"]),
    )
    deals = {str(row["crm_account_id"]): row for row in reversed(won)}
    found = {}
    for customer, row in built.oracle.inputs.customers.items():
        deal = deals.get(str(row["crm_account_id"]), {})
        stated = row["acquisition_campaign"] if dimension == "campaign" else None
        found[customer] = str(stated or deal.get(dimension) or "none")
    return found


@pytest.mark.parametrize("dimension", ["team", "campaign"])
def test_what_each_team_and_campaign_contributes(built: Built, dimension: str) -> None:
    ours = {
        (month, value): rest
        for month, value, *rest in built.rows(
            "select period_month, dimension_value, opening_mrr, closing_mrr, closing_customers, share_of_mrr"
            " from marts.fct_mrr_contribution_monthly where dimension = ?",
            dimension,
        )
    }
    winner_of = winners(built, dimension)
    totals, theirs = defaultdict[date, Decimal](Decimal), defaultdict[tuple[date, str], list[Decimal]](
        lambda: [Decimal(0)] * 3
    )  # fmt: skip
    for row in built.oracle.all_months():
        sums = theirs[row.month, winner_of[row.customer_id]]
        sums[:] = [sums[0] + row.opening, sums[1] + row.closing, sums[2] + bool(row.closing)]
        totals[row.month] += row.closing
    assert len({value for _, value in theirs}) > 3
    assert_same(ours, {key: [*sums, ratio(sums[1], totals[key[0]])] for key, sums in theirs.items()})
