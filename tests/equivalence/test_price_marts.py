"""Past price changes, whom they reached and what those did, against the oracle."""

from decimal import Decimal

import pytest

from oracle.prices import Meeting, did, difference, is_over, meetings, reactions, tenure
from oracle.states import round_state
from tests.equivalence.warehouses import Built, assert_same, native


@pytest.fixture
def met(built: Built) -> list[Meeting]:
    """Whom a price change reached; a company whose prices never rise proves nothing."""
    found = meetings(built.oracle)
    if not found:
        pytest.skip("no price of this company ever changes")
    return found


def test_whom_every_price_change_reached_and_what_it_did_then(built: Built, met: list[Meeting]) -> None:
    ours = {
        (native(customer), month, *price): rest
        for customer, month, direction, plan, currency, interval, before, after, *rest in built.rows(
            "select customer_id, period_month, direction, plan, currency, billing_interval,"
            " unit_price_before, unit_price_after, met_on, tenure_band, interval_band, items, mrr_before,"
            " mrr_effect, churned_90d, contracted_90d, mrr_lost_90d from marts.fct_price_change_customers"
        )
        for price in [(direction, plan, currency, interval, before, after)]
    }
    first = {customer: moves[0].on for customer, moves in built.retention.moves.items() if moves}
    theirs = {}
    for one in met:
        churned, contracted, lost = did(built.retention, one.customer_id, one.on)
        told = [int(churned), int(contracted), lost] if is_over(built.oracle, one.month) else [None] * 3
        band = tenure(built.oracle, one.customer_id, one.month, first)
        theirs[one.customer_id, one.month, *one.price] = [
            one.on, band, one.band, one.items, one.before, one.effect, *told
        ]  # fmt: skip
    assert len(theirs) > 10
    assert_same(ours, theirs)


def test_reactions_to_every_price_change_and_in_all(built: Built, met: list[Meeting]) -> None:
    def key(scope: str, month: object, direction: str, plan: str, *price: object) -> tuple[str, ...]:
        if scope == "change":
            return (str(month), direction, plan, *map(str, price))
        return (direction, plan) if scope == "plan" else (direction,)

    ours = {
        key(*row[:8]): list(row[8:])
        for row in built.rows(
            "select scope, period_month, direction, plan, currency, billing_interval, unit_price_before,"
            " unit_price_after, compared_customers, churned_90d, contracted_90d, comparison_customers,"
            " comparison_n, churn_difference_90d, churn_difference_90d_low, churn_difference_90d_high,"
            " contraction_difference_90d, contraction_difference_90d_low, contraction_difference_90d_high"
            " from marts.fct_price_changes where coalesce(untold_reason, 'too_few') = 'too_few'"
        )
    }
    theirs = {}
    for name, one in reactions(built.retention, met).items():
        if one.n:
            untold = (None, None, None)
            theirs[tuple(
                str(Decimal(part).quantize(Decimal("1e-12"))) if part[0].isdigit() and "-" not in part
                and " " not in part else part for part in name
            )] = [
                one.n, one.churned, one.contracted, one.others, one.others_n,
                *(one.churn or untold), *(one.contraction or untold),
            ]  # fmt: skip
    assert any(row[5] is not None for row in theirs.values())
    assert_same(ours, theirs)


def test_every_item_that_pays_with_its_price(built: Built) -> None:
    ours = {
        (native(subscription), native(item)): rest
        for subscription, item, *rest in built.rows(
            "select subscription_id, item_id, plan, currency, quantity, unit_price, list_mrr_native,"
            " mrr_native from marts.dim_subscription_items"
        )
    }
    theirs = {
        (version.subscription_id, version.item_id): [
            version.plan_name, version.currency, version.quantity, version.unit_amount,
            round_state(item.list_mrr), item.mrr,
        ]
        for changes in built.oracle.changes.values() if changes
        for item in changes[-1].items if item.mrr
        for version in [item.version]
    }  # fmt: skip
    assert len(theirs) > 50
    assert_same(ours, theirs)


def test_newcombes_own_example() -> None:
    """56 of 70 against 48 of 80: 0.2000, 0.0524 to 0.3339 (Newcombe 1998, table II, method 10)."""
    found = difference(56 / 70, 70, 48 / 80, 80)
    assert [round(one, 4) for one in found] == [0.2, 0.0524, 0.3339]
