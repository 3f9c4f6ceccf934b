"""What becomes of bills afterwards, and what is entered late; nothing else of a life moves."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

from orchestration.synthetic.company import simulate
from orchestration.synthetic.dials import END
from orchestration.synthetic.events import Event, Kind, fold
from orchestration.synthetic.life import live_customer


@pytest.fixture(scope="module", params=[1, 2, 3])
def lives(request):
    """The lives of a company, each beside what it would be without amendments."""
    company = simulate("small", request.param)
    return [
        (live_customer(company.seed, company.size, number), events)
        for number, events in enumerate(company.customers())
    ]


def rows(events: list[Event], table: str):
    return list(fold(events).get(table, {}).values())


def day_of(event: Event):
    """The day of which an event tells, where it has one of its own."""
    return event.values.get("valid_from") or event.values.get("issued_at")


def test_a_void_invoice_was_never_paid_and_its_correction_is_for_the_same_periods(lives):
    corrected = 0
    for _, events in lives:
        tables = fold(events)
        invoices = tables.get("invoices", {})
        paid = {row["invoice_id"] for row in tables.get("invoice_payments", {}).values()}
        periods = defaultdict(set)
        for line in tables.get("invoice_lines", {}).values():
            if line["kind"] != "credit_purchase":
                periods[line["invoice_id"]].add(
                    (line["kind"], line["amount_ex_tax"], line["service_start_at"], line["service_end_at"])
                )
        for (invoice_id,), invoice in invoices.items():
            if invoice["status"] != "void":
                continue
            assert invoice["issued_at"] < invoice["voided_at"] <= END
            assert invoice["paid_at"] is None and invoice_id not in paid
            again = invoices.get((f"{invoice_id}_c",))
            first = again or invoices[(invoice_id.removesuffix("_d"),)]
            assert periods[invoice_id] == periods[first["invoice_id"]]
            assert first["status"] == "paid" and first["invoice_id"] in paid
            if again:
                assert again["issued_at"] == invoice["voided_at"]
                corrected += 1
    assert corrected


def test_an_invoice_stays_the_sum_of_its_lines_and_its_payments(lives):
    for _, events in lives:
        tables = fold(events)
        sums, applied = defaultdict(Decimal), defaultdict(Decimal)
        for line in tables.get("invoice_lines", {}).values():
            sums[line["invoice_id"]] += line["amount_ex_tax"] + line["tax_amount"]
        for link in tables.get("invoice_payments", {}).values():
            applied[link["invoice_id"]] += link["amount_applied"]
        for (invoice_id,), invoice in tables.get("invoices", {}).items():
            assert invoice["total"] == max(sums[invoice_id], 0)
            if invoice["status"] == "paid":
                assert applied[invoice_id] == invoice["amount_paid"] == invoice["total"]


def test_credits_are_bought_before_they_are_used_and_never_more_used_than_bought(lives):
    used = 0
    for _, events in lives:
        left = Decimal(0)
        for event in events:
            if event.values.get("kind") == "credit_purchase":
                left += event.values["amount_ex_tax"]
                used += event.values["amount_ex_tax"] < 0
                assert left >= 0
    assert used


def test_some_refunds_have_no_credit_note_and_some_disputes_are_won(lives):
    refunds, noted = set(), set()
    for _, events in lives:
        refunds |= {row["reversal_id"][3:] for row in rows(events, "reversals") if row["kind"] == "refund"}
        noted |= {row["credit_note_id"][3:] for row in rows(events, "credit_notes")}
    assert noted and noted < refunds
    kinds = {event.kind for _, events in lives for event in events}
    assert {Kind.DISPUTE_WON, Kind.DISPUTE_LOST} <= kinds


def test_what_is_entered_late_comes_in_a_later_month_and_changes_no_other_row(lives):
    late = defaultdict(int)
    for plain, events in lives:
        before = {(one.kind, one.table, one.key): one for one in plain if day_of(one) == one.at}
        for event in events:
            was = before.get((event.kind, event.table, event.key))
            if was is not None and event.at > was.at:
                assert day_of(event) == day_of(was)
                assert (event.at.year, event.at.month) > (was.at.year, was.at.month)
                late[event.table] += 1
    assert late["invoices"] and late["subscription_items"]


def test_a_customer_with_nothing_to_amend_lives_as_before(lives):
    assert sum(plain == events for plain, events in lives) > len(lives) / 2
