"""Recognised and deferred revenue of the simulated companies against the oracle's pieces of time."""

from collections.abc import Iterator
from dataclasses import astuple
from datetime import date
from decimal import Decimal

import pytest

from oracle.books import Books
from oracle.bridge import BILLING, REVENUE, bridge
from oracle.obligations import obligations
from oracle.prepaid import balances, periods
from tests.equivalence.warehouses import COOKBOOK, Built, assert_same, built_company, native, shared_folder

BRIDGE = ("contracted_mrr", *BILLING, "invoiced", "tax", *REVENUE, "net_revenue")


def bridge_of(built: Built) -> dict[tuple[str, date], tuple[Decimal, ...]]:
    """What the mart says, by customer and month."""
    rows = built.rows(
        f"select customer_id, period_month, {', '.join(BRIDGE)} from marts.fct_billing_bridge_monthly"
    )
    return {(native(customer), month): tuple(amounts) for customer, month, *amounts in rows}


def bridge_by_oracle(books: Books) -> dict[tuple[str, date], tuple[Decimal, ...]]:
    """What the oracle says, in the same shape."""
    zero = Decimal(0)
    return {key: tuple(steps.get(step, zero) for step in BRIDGE) for key, steps in bridge(books).items()}


def test_every_line_of_the_company_is_recognised_as_the_oracle_says(built: Built) -> None:
    ours: dict[tuple[str, date, str], Decimal] = {
        (native(invoice) + "/" + line, month, kind): amount
        for invoice, line, month, kind, amount in built.rows(
            "select invoice_id, line_id, recognition_month, revenue_class, amount_native"
            " from marts.fct_revenue_recognition"
        )
    }
    theirs = {
        (line.key, month, kind): amount
        for line in Books(built.tables, built.oracle).lines
        for (month, kind), amount in line.recognised.revenue.items()
    }
    assert {kind for _, _, kind in theirs} >= {"earned", "bad_debt", "credit_note", "refund", "void"}
    assert ours == theirs


def test_prepaid_credits_are_left_as_the_oracle_says(built: Built) -> None:
    ours = {
        (native(customer), currency, month): tuple(amounts)
        for customer, currency, month, *amounts in built.rows(
            "select customer_id, currency, period_month, bought_native, granted_native,"
            " drawn_down_paid_native, drawn_down_granted_native, expired_paid_native,"
            " expired_granted_native, closing_native, closing_paid_native"
            " from marts.fct_prepaid_credits_monthly"
        )
    }
    theirs = balances(Books(built.tables, built.oracle))
    assert {"used", "given"} <= {
        name for amounts in theirs.values() for name, amount in
        (("used", amounts[2]), ("given", amounts[3])) if amount
    }  # fmt: skip
    assert ours == theirs
    assert built.rows("select message from rules.prepaid_credits_roll_forward") == []
    assert built.rows("select message from rules.prepaid_credits_are_what_is_deferred") == []


def test_minimums_are_met_and_missed_as_the_oracle_says(built: Built) -> None:
    ours = {
        (native(commitment), start): tuple(amounts)
        for commitment, start, *amounts in built.rows(
            "select commitment_id, period_start_on, outcome, committed_native, used_native, true_up_native"
            " from marts.fct_commitments"
        )
    }
    theirs = periods(Books(built.tables, built.oracle))
    assert {outcome for outcome, *_ in theirs.values()} >= {"met", "missed"}
    assert ours == theirs
    assert built.rows("select message from rules.commitments_agree_with_their_invoices") == []


def test_what_is_left_to_deliver_is_what_the_oracle_says(built: Built) -> None:
    ours = {
        (native(customer), month): tuple(amounts)
        for customer, month, *amounts in built.rows(
            "select customer_id, period_month, billed_not_recognised, contracted_not_billed,"
            " within_12_months, recognised_not_billed, usage_not_invoiced_quantity"
            " from marts.fct_remaining_obligations"
        )
    }
    theirs = {key: astuple(row) for key, row in obligations(Books(built.tables, built.oracle)).items()}
    assert any(contracted for _, contracted, *_ in theirs.values())
    assert_same(ours, theirs)


def test_every_step_from_mrr_to_revenue_is_what_the_oracle_says(built: Built) -> None:
    assert_same(bridge_of(built), bridge_by_oracle(Books(built.tables, built.oracle)))


def test_nothing_that_is_invoiced_stays_unexplained(built: Built) -> None:
    assert built.rows("from marts.fct_billing_bridge_monthly where unexplained <> 0") == []
    assert built.rows("select message from rules.terms_explain_what_is_invoiced") == []
    assert built.rows("select message from rules.the_bridge_leads_from_invoices_to_revenue") == []
    assert built.rows("select message from rules.remaining_obligations_hold_deferred_revenue") == []


@pytest.fixture(scope="module")
def leaking(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Built]:
    with built_company(shared_folder(tmp_path_factory, worker_id), COOKBOOK) as found:
        yield found


def test_what_is_billed_otherwise_than_by_its_terms_stays_unexplained(leaking: Built) -> None:
    ours = bridge_of(leaking)
    theirs = bridge_by_oracle(Books(leaking.tables, leaking.oracle))
    assert_same(ours, theirs)
    planted = {"underbilled", "overbilled", "expired_coupon_applied", "invoiced_without_subscription"}
    found = leaking.rows(
        "select customer_id, date_trunc('month', since)::date, sum(case when finding_type in"
        " ('underbilled', 'expired_coupon_applied') then -amount_at_risk else amount_at_risk end)"
        f" from marts.fct_revenue_leakage where finding_type in {tuple(sorted(planted))} group by all"
    )
    assert found
    unexplained = BRIDGE.index("unexplained")
    named = {key for key, amounts in ours.items() if amounts[unexplained]}
    assert named == {(native(customer), month) for customer, month, _ in found}
