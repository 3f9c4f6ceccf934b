"""Recognised and deferred revenue of the simulated companies against the oracle's pieces of time."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from oracle.inputs import RawRow
from oracle.revenue import Event, recognise, rounded, spread
from orchestration.landing.currencies import iso_4217
from tests.equivalence.warehouses import Built, native

ENDS = (("uncollectible", "bad_debt", "uncollectible_at"), ("void", "void", "voided_at"))


class Taken:
    """What is credited, paid back or lost of each invoice: kind, instant and amount before tax.

    A refund of the simulation that has a credit note pays that out: the note takes the revenue.
    """

    def __init__(self, built: Built) -> None:
        self.of: dict[str, list[tuple[str, datetime, Decimal]]] = defaultdict(list)
        invoices = {row["invoice_id"]: row for row in built.tables["invoices"]}
        paid = {row["payment_id"]: row["invoice_id"] for row in built.tables["invoice_payments"]}
        for note in built.tables["credit_notes"]:
            self.of[note["invoice_id"]].append(("credit_note", note["issued_at"], note["amount_ex_tax"]))
        noted = set(self.of)
        for row in built.tables["reversals"]:
            is_lost = (row["kind"], row["status"]) == ("dispute", "lost")
            is_paid_back = row["kind"] == "refund" and paid[row["payment_id"]] not in noted
            if is_lost or is_paid_back:
                invoice = invoices[paid[row["payment_id"]]]
                total = Fraction(invoice["total"])
                share = (total - Fraction(invoice["tax_total"])) / total
                lost = rounded(Fraction(row["amount"]) * share, iso_4217()[invoice["currency"]])
                self.of[invoice["invoice_id"]].append((row["kind"], row["occurred_at"], lost))


def events_of(
    taken: Taken, invoice: RawRow, worth: Mapping[str, Decimal], places: int
) -> dict[str, list[Event]]:
    """What happens to each line of an invoice."""
    found: dict[str, list[Event]] = defaultdict(list)
    for kind, at, amount in taken.of[invoice["invoice_id"]]:
        for line, part in spread(amount, worth, places).items():
            found[line].append(Event(kind, at, part))
    for status, kind, column in ENDS:
        if invoice["status"] == status:
            for line in worth:
                found[line].append(Event(kind, invoice[column]))
    return found


def test_every_line_of_the_company_is_recognised_as_the_oracle_says(built: Built) -> None:
    ours: dict[tuple[str, date, str], Decimal] = {
        (native(invoice) + "/" + line, month, kind): amount
        for invoice, line, month, kind, amount in built.rows(
            "select invoice_id, line_id, recognition_month, revenue_class, amount_native"
            " from marts.fct_revenue_recognition"
        )
    }
    lines: dict[str, list[RawRow]] = defaultdict(list)
    for row in built.tables["invoice_lines"]:
        if row["amount_ex_tax"] and row["kind"] != "tax":
            lines[row["invoice_id"]].append(row)
    excluded = {
        row["customer_id"] for row in built.tables["customers"] if row["is_test"] or row["is_internal"]
    }
    taken = Taken(built)
    theirs: dict[tuple[str, date, str], Decimal] = {}
    for invoice in built.tables["invoices"]:
        if invoice["customer_id"] in excluded:
            continue
        places, booked = iso_4217()[invoice["currency"]], invoice["finalized_at"] or invoice["issued_at"]
        worth = {row["line_id"]: row["amount_ex_tax"] for row in lines[invoice["invoice_id"]]}
        events = events_of(taken, invoice, worth, places)
        for row in lines[invoice["invoice_id"]]:
            start, end = row["service_start_at"], row["service_end_at"]
            has_period = start is not None and end is not None and start < end
            found = recognise(
                row["amount_ex_tax"], start if has_period else booked, end if has_period else booked,
                events[row["line_id"]], zone=built.oracle.policies.reporting_timezone, places=places,
                is_prepaid=row["kind"] == "credit_purchase",
            )  # fmt: skip
            for (month, kind), amount in found.revenue.items():
                theirs[f"{invoice['invoice_id']}/{row['line_id']}", month, kind] = amount
    assert {kind for _, _, kind in theirs} >= {"earned", "bad_debt", "credit_note", "refund", "void"}
    assert ours == theirs
