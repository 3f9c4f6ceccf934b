"""Rules of the specification that the published cases don't reach, each on the smallest timeline that
shows it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from timelines import canonical_rows

from oracle.inputs import Policies, read_inputs
from oracle.ledger import Oracle
from oracle.retention import Retention
from oracle.states import per_month, round_state, tiered_amount

AS_OF = datetime(2024, 12, 31, 12, tzinfo=UTC)


def oracle(timeline, policies=None, as_of=AS_OF, **tables) -> Oracle:
    return Oracle(read_inputs(canonical_rows(timeline) | tables), policies or Policies(), as_of)


def moves(found: Oracle, customer="c"):
    return [(str(m.on), m.type, m.kind, str(m.delta)) for m in found.movements(customer)]


def active(amount, at="2024-01-01", **more):
    return {"at": at, "c": "c", "status": "active", "amount": amount} | more


def discount(number, **columns):
    return {"discount_id": str(number), "duration": "forever", "starts_at": "2024-01-01T00:00:00Z"} | columns


def test_states_are_rounded_half_up_and_never_negative():
    assert round_state(Fraction(5, 100_000)) == Decimal("0.0001")
    assert round_state(Fraction(49, 1_000_000)) == 0
    assert round_state(Fraction(-3)) == 0


@pytest.mark.parametrize(
    ("unit", "count", "monthly"),
    [
        ("month", 2, "1/2"),
        ("quarter", 1, "1/3"),
        ("year", 2, "1/24"),
        ("week", 1, "52/12"),
        ("day", 14, "365/168"),
    ],
)
def test_intervals_of_any_count(unit, count, monthly):
    assert per_month(unit, count, Policies()) == Fraction(monthly)


def test_an_unknown_interval_is_no_price_at_all():
    with pytest.raises(ValueError, match="fortnight"):
        per_month("fortnight", 1, Policies())


def test_tiers_by_step_and_by_volume():
    tiers = ((Decimal(5), Decimal(10), Decimal(1)), (None, Decimal(8), Decimal(0)))
    assert tiered_amount("tiered", tiers, Fraction(7)) == 5 * 10 + 1 + 2 * 8
    assert tiered_amount("volume", tiers, Fraction(7)) == 7 * 8
    assert tiered_amount("volume", tiers, Fraction(5)) == 5 * 10 + 1


def test_discounts_by_level_and_amounts_split_by_worth():
    """20 % on an item, 10 % on the subscription, then 18 off the customer's two items: 72 and 90 become
    64 and 80.
    """
    rows = canonical_rows([active(100, i="a"), active(100, i="b")])
    rows["discounts"] = [
        discount(1, customer_id="c", amount_off=18, currency="USD"), discount(3, item_id="c/a",
        percent_off=20),
        discount(2, subscription_id="c/a", percent_off=10), discount(4, subscription_id="c/b",
        percent_off=10),
    ]  # fmt: skip
    found = Oracle(read_inputs(rows), Policies(), AS_OF).changes["c"][0].items
    assert [state.mrr for state in found] == [Decimal(64), Decimal(80)]


def test_an_amount_off_counts_per_invoice_of_the_items_interval():
    rows = canonical_rows([active(1200, interval="year")])
    rows["discounts"] = [discount(1, item_id="c/i1", amount_off=240, currency="USD")]
    assert Oracle(read_inputs(rows), Policies(), AS_OF).mrr_on("c", date(2024, 1, 31)) == 80


@pytest.mark.parametrize(("currency", "mrr"), [(None, 80), ("USD", 80), ("EUR", 100)])
def test_an_amount_off_is_in_the_items_currency_unless_it_says_another(currency, mrr):
    rows = canonical_rows([active(100)])
    rows["discounts"] = [discount(1, item_id="c/i1", amount_off=20, currency=currency)]
    assert Oracle(read_inputs(rows), Policies(), AS_OF).mrr_on("c", date(2024, 1, 31)) == mrr


def test_a_repeating_discount_ends_as_an_expansion():
    rows = canonical_rows([active(100)])
    rows["discounts"] = [
        discount(1, item_id="c/i1", percent_off=50, duration="repeating", ends_at="2024-04-01T00:00:00Z")
    ]
    found = moves(Oracle(read_inputs(rows), Policies(), AS_OF))
    assert found == [("2024-01-01", "new", None, "50.0000"), ("2024-04-01", "expansion", None, "50.0000")]


def test_a_repeating_discount_shorter_than_a_period_counts_as_once():
    rows = canonical_rows([active(1200, interval="year")])
    rows["discounts"] = [
        discount(1, item_id="c/i1", percent_off=50, duration="repeating", ends_at="2024-04-01T00:00:00Z")
    ]
    assert moves(Oracle(read_inputs(rows), Policies(), AS_OF)) == [("2024-01-01", "new", None, "100.0000")]


def test_a_discount_of_one_february_month_is_not_shorter_than_a_month():
    rows = canonical_rows([active(100, at="2023-02-01")])
    rows["discounts"] = [
        discount(1, item_id="c/i1", percent_off=50, duration="repeating", starts_at="2023-02-01T00:00:00Z",
                 ends_at="2023-03-01T00:00:00Z")
    ]  # fmt: skip
    assert moves(Oracle(read_inputs(rows), Policies(), AS_OF))[0] == ("2023-02-01", "new", None, "50.0000")


def test_a_retention_trial_keeps_its_mrr_and_a_first_trial_has_none():
    found = oracle(
        [
            active(50, status="trialing"),
            active(50, at="2024-02-01"),
            active(50, at="2024-05-01", status="trialing"),
        ]
    )
    assert moves(found) == [("2024-02-01", "new", None, "50.0000")]


def test_past_due_ends_after_the_policys_days():
    timeline = [active(80), active(80, at="2024-03-01", status="past_due"), active(80, at="2024-05-01")]
    assert moves(oracle(timeline)) == [("2024-01-01", "new", None, "80.0000")]
    limited = moves(oracle(timeline, Policies(past_due_max_days=30)))
    assert [row[:2] for row in limited] == [
        ("2024-01-01", "new"), ("2024-03-31", "churn"), ("2024-05-01", "reactivation"),
    ]  # fmt: skip


def test_committed_mrr_comes_back_with_an_un_cancel():
    found = oracle(
        [active(10), active(10, at="2024-02-10", cancel_at_period_end=True),
         active(10, at="2024-02-20", cancel_at_period_end=False)]
    )  # fmt: skip
    days = [date(2024, 2, day) for day in (9, 10, 19, 20)]
    assert [found.committed_on("c", day) for day in days] == [10, 0, 0, 10]
    assert {found.mrr_on("c", day) for day in days} == {Decimal(10)}


def test_a_scheduled_change_is_committed_but_not_mrr():
    found = oracle([active(10), active(25, at="2025-03-01")])
    assert (found.mrr_on("c", found.today), found.committed_on("c", found.today)) == (10, 25)
    assert moves(found) == [("2024-01-01", "new", None, "10.0000")]


def test_a_change_of_currency_is_one_delta_at_that_days_rate():
    rates = [{"rate_on": "2024-03-01", "base": "EUR", "quote": "USD", "rate": "1.10"},
             {"rate_on": "2024-01-01", "base": "EUR", "quote": "USD", "rate": "1.00"}]  # fmt: skip
    found = oracle([active(100, currency="EUR"), active(115, at="2024-03-01", currency="USD")],
                   Policies(fx_max_age_days=400), fx_rates=rates)  # fmt: skip
    assert moves(found)[-1] == ("2024-03-01", "expansion", None, "5.0000")


def test_a_missing_rate_names_the_pair_and_the_day():
    found = oracle([active(100, currency="EUR")])
    with pytest.raises(LookupError, match="EUR to USD on 2024-01-01"):
        found.movements("c")


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", "2024-01-31"), ("Europe/Paris", "2024-02-01"), ("America/Los_Angeles", "2024-01-31"),
     ("Pacific/Auckland", "2024-02-01")],
)  # fmt: skip
def test_the_reporting_zone_decides_the_day(zone, day):
    found = oracle([active(1, at="2024-01-31T23:30:00+00:00")], Policies(reporting_timezone=zone))
    assert moves(found)[0][0] == day


def test_short_gaps_are_bridged_where_the_policy_says_so():
    timeline = [active(30), active(30, at="2024-03-01", status="canceled"), active(30, at="2024-03-04")]
    assert len(moves(oracle(timeline))) == 3
    assert moves(oracle(timeline, Policies(gap_tolerance_days=3))) == [("2024-01-01", "new", None, "30.0000")]
    assert len(moves(oracle(timeline, Policies(gap_tolerance_days=2)))) == 3


def test_mrr_may_start_with_the_first_paid_invoice():
    invoices = [{"invoice_id": "i", "customer_id": "c", "subscription_id": "c/i1", "status": "paid",
                 "issued_at": "2024-01-01T00:00:00Z", "paid_at": "2024-01-20T00:00:00Z"}]  # fmt: skip
    late = oracle([active(30)], Policies(mrr_start="first_paid_invoice"), invoices=invoices)
    assert moves(late) == [("2024-01-20", "new", None, "30.0000")]
    assert moves(oracle([active(30)], Policies(mrr_start="first_paid_invoice"))) == []


def churned(timeline, month, policies=None, **tables):
    found = oracle(timeline, policies, **tables)
    return Retention(found).churn_month(date(2024, month, 1))


def test_a_short_pause_is_left_out_of_customer_churn():
    timeline = [active(30), active(30, at="2024-03-10", status="paused"), active(30, at="2024-05-01")]
    assert churned(timeline, 3).churned_customers == 0
    assert churned(timeline, 3, Policies(pause_max_days=20)).churned_customers == 1


def test_joined_and_left_within_a_month_is_counted_apart():
    month = churned([active(30, at="2024-03-02"), active(30, at="2024-03-20", status="canceled")], 3)
    assert (month.starting_customers, month.churned_customers, month.churned_in_period_new) == (0, 0, 1)


def evidence(subscription, last_status="active", failed_at=None):
    rows = canonical_rows([active(30), active(30, at="2024-03-05", status=last_status),
                           active(30, at="2024-03-20", status="canceled")])  # fmt: skip
    rows["subscriptions"][0] |= {"status": "ended", "ended_at": "2024-03-20T00:00:00Z"} | subscription
    if failed_at:
        rows["invoices"] = [{"invoice_id": "i", "customer_id": "c", "currency": "USD", "total": "30",
        "status": "open",
                             "issued_at": failed_at, "paid_at": ""}]  # fmt: skip
        rows["payments"] = [
            {"payment_id": "p", "outcome": "failed", "attempted_at": failed_at, "will_retry": "false"}
        ]
        rows["invoice_payments"] = [{"invoice_id": "i", "payment_id": "p"}]
    (event,) = Retention(Oracle(read_inputs(rows), Policies(), AS_OF)).events["c"]
    return event.churn_class, event.evidence


def test_the_order_of_evidence():
    asked = {"cancel_requested_at": "2024-03-01T00:00:00Z"}
    assert evidence({"end_reason": "involuntary"} | asked) == ("involuntary", 1)
    assert evidence(asked, failed_at="2024-03-05T00:00:00Z") == ("voluntary", 2)
    assert evidence(asked, failed_at="2024-02-20T00:00:00Z") == ("involuntary", 3)
    assert evidence({}, last_status="past_due") == ("involuntary", 3)
    assert evidence({"end_reason": "other"}) == ("unknown", 4)


def test_a_request_made_after_a_pause_is_no_reason_for_the_pause():
    rows = canonical_rows([active(30), active(30, at="2024-03-05", status="paused")])
    rows["subscriptions"][0] |= {"cancel_requested_at": "2024-09-01T00:00:00Z"}
    (event,) = Retention(Oracle(read_inputs(rows), Policies(), AS_OF)).events["c"]
    assert (event.kind, event.churn_class, event.evidence) == ("pause", "paused", 4)


def test_shuffled_rows_and_future_rows_change_nothing():
    timeline = [
        active(30),
        active(50, at="2024-03-10"),
        active(20, at="2024-06-01"),
        active(9, i="x", at="2024-04-01"),
    ]
    inputs = read_inputs(canonical_rows(timeline))
    shuffled = replace(inputs, items=tuple(reversed(inputs.items)))
    later = read_inputs(canonical_rows([*timeline, active(99, at="2025-06-01")]))
    expected = moves(Oracle(inputs, Policies(), AS_OF))
    assert moves(Oracle(shuffled, Policies(), AS_OF)) == expected == moves(Oracle(later, Policies(), AS_OF))


def test_retention_is_measured_at_the_rates_of_the_start_and_stays_so():
    rates = [
        {"rate_on": "2024-01-01", "base": "EUR", "quote": "USD", "rate": "1.30"},
        {"rate_on": "2024-01-31", "base": "EUR", "quote": "USD", "rate": "1.10"},
        {"rate_on": "2024-02-29", "base": "EUR", "quote": "USD", "rate": "1.50"},
    ]  # fmt: skip
    timeline = [active(100, currency="EUR"), active(80, at="2024-02-10", currency="EUR")]
    for as_of in (datetime(2024, 3, 1, tzinfo=UTC), datetime(2025, 3, 1, tzinfo=UTC)):
        found = oracle(timeline, Policies(fx_max_age_days=900), as_of, fx_rates=rates)
        month = Retention(found).churn_month(date(2024, 2, 1))
        assert (month.starting_mrr, month.ended) == (Decimal("110.0000"), Decimal("88.0000"))
        assert (month.grr, month.nrr) == (0.8, 0.8)


def test_a_currency_that_was_not_quoted_at_the_start_has_its_first_rate():
    rates = [{"rate_on": "2024-02-10", "base": "EUR", "quote": "USD", "rate": "1.20"}]
    timeline = [active(100), active(100, at="2024-02-10", currency="EUR")]
    month = Retention(oracle(timeline, Policies(fx_max_age_days=400), fx_rates=rates)).churn_month(
        date(2024, 2, 1)
    )
    assert (month.starting_mrr, month.grr, month.nrr) == (Decimal(100), 1, 1.2)
