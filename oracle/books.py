"""What was billed, line by line, and what of it is revenue when: finance specification, sections 1 to 4."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from oracle.inputs import RawRow, instant
from oracle.ledger import Oracle
from oracle.prepaid import breakage
from oracle.revenue import EARNING, Event, Recognised, recognise, rounded, spread
from oracle.states import money
from orchestration.landing.currencies import iso_4217

ZERO = Decimal(0)
ENDS = (("uncollectible", "bad_debt", "uncollectible_at"), ("void", "void", "voided_at"))
"""The status of an invoice that is given up or withdrawn, the event of its lines, and when it happened."""


def moment(value: object) -> datetime:
    """An instant that has to be there."""
    found = instant(value)
    assert found is not None
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a booked invoice, with the rate of that day."""

    row: RawRow
    invoice: RawRow
    booking_month: date
    places: int
    rate: Decimal
    recognised: Recognised

    @property
    def key(self) -> str:
        """Invoice and line."""
        return f"{self.row['invoice_id']}/{self.row['line_id']}"

    @property
    def amount(self) -> Decimal:
        """What it bills, native."""
        return Decimal(self.row["amount_ex_tax"])

    def value(self, native: Decimal) -> Decimal:
        """An amount of the line in the reporting currency."""
        return money(native * self.rate)

    def revenue(self) -> list[tuple[date, str, Decimal]]:
        """Month, class and amount in the reporting currency: what the rounded running total grows by."""
        found, reached = [], ZERO
        ordered = sorted(self.recognised.revenue.items(), key=lambda row: (row[0][0], row[0][1] != "earned",
        row[0][1]))  # fmt: skip
        for (month, kind), native in ordered:
            found.append((month, kind, self.value(reached + native) - self.value(reached)))
            reached += native
        return found

    def deferred(self, month: date) -> Decimal:
        """Billed and not recognised at the end of a month, which may be to come."""
        if month < self.booking_month:
            return ZERO
        taken = sum(
            (part for (on, kind), part in self.recognised.taken_deferred.items()
             if on <= month and kind not in EARNING), ZERO,
        )  # fmt: skip
        back = sum(
            (part for (on, kind), part in self.recognised.revenue.items()
             if on <= month and kind not in EARNING), ZERO,
        )  # fmt: skip
        recognised = sum((part for on, _, part in self.revenue() if on <= month), ZERO)
        return self.value(self.amount - taken + back) - recognised

    def unbilled(self, month: date) -> Decimal:
        """Recognised and not billed at the end of a month."""
        if month >= self.booking_month:
            return ZERO
        return sum((part for on, _, part in self.revenue() if on <= month), ZERO)


class Books:
    """The lines of a company's invoices, those of tests and own accounts left out."""

    def __init__(self, tables: Mapping[str, list[RawRow]], oracle: Oracle) -> None:
        """`tables` are canonical rows; a refund that has a credit note pays that out, and takes no more."""
        self.tables, self.oracle = tables, oracle
        self._taken = self._what_is_taken()
        excluded = {row["customer_id"] for row in tables["customers"] if row["is_test"] or row["is_internal"]}
        self.invoices = [row for row in tables["invoices"] if row["customer_id"] not in excluded]
        lines: dict[str, list[RawRow]] = defaultdict(list)
        for row in tables["invoice_lines"]:
            if row["kind"] != "tax":
                lines[row["invoice_id"]].append(row)
        self.all_lines = [(invoice, row) for invoice in self.invoices for row in lines[invoice["invoice_id"]]]
        self._expired = breakage(self)
        self.lines = [line for invoice in self.invoices for line in self._lines(
        invoice, [row for row in lines[invoice["invoice_id"]] if row["amount_ex_tax"]])]  # fmt: skip

    def booked_on(self, invoice: RawRow) -> date:
        """The local day from which an invoice counts."""
        return self.oracle.local_day(moment(invoice["finalized_at"] or invoice["issued_at"]))

    def booking_month(self, invoice: RawRow) -> date:
        """The local month in which an invoice counts."""
        return self.booked_on(invoice).replace(day=1)

    def _what_is_taken(self) -> Mapping[str, list[tuple[str, datetime, Decimal]]]:
        """What is credited or lost of each invoice: kind, instant and amount before tax."""
        found: dict[str, list[tuple[str, datetime, Decimal]]] = defaultdict(list)
        invoices = {row["invoice_id"]: row for row in self.tables["invoices"]}
        paid = {row["payment_id"]: row["invoice_id"] for row in self.tables["invoice_payments"]}
        for note in self.tables["credit_notes"]:
            kind = "bad_debt" if note.get("is_write_off") else "credit_note"
            found[note["invoice_id"]].append((kind, note["issued_at"], note["amount_ex_tax"]))
        noted = set(found)
        for row in self.tables["reversals"]:
            is_lost = (row["kind"], row["status"]) == ("dispute", "lost")
            is_paid_back = row["kind"] == "refund" and paid[row["payment_id"]] not in noted
            if is_lost or is_paid_back:
                invoice = invoices[paid[row["payment_id"]]]
                total = Fraction(invoice["total"])
                share = (total - Fraction(invoice["tax_total"])) / total
                lost = rounded(Fraction(row["amount"]) * share, iso_4217()[invoice["currency"]])
                found[invoice["invoice_id"]].append((row["kind"], row["occurred_at"], lost))
        return found

    def _events(self, invoice: RawRow, rows: Iterable[RawRow], places: int) -> Mapping[str, list[Event]]:
        """What happens to each line of an invoice."""
        worth = {row["line_id"]: row["amount_ex_tax"] for row in rows}
        # What draws down a prepayment is a payment: it shares no credit note.
        sharing = {
            row["line_id"]: row["amount_ex_tax"] for row in rows
            if row["kind"] != "credit_purchase" or row["amount_ex_tax"] > 0
        }  # fmt: skip
        found: dict[str, list[Event]] = defaultdict(list)
        booked = invoice["finalized_at"] or invoice["issued_at"]
        for kind, at, amount in self._taken.get(invoice["invoice_id"], []):
            for line, part in spread(amount, sharing, places).items():
                found[line].append(Event(kind, max(at, booked), part))
        for status, kind, column in ENDS:
            if invoice["status"] == status:
                for line in worth:
                    found[line].append(Event(kind, max(invoice[column], booked)))
        return found

    def _lines(self, invoice: RawRow, rows: list[RawRow]) -> Iterable[Line]:
        places, booked = iso_4217()[invoice["currency"]], invoice["finalized_at"] or invoice["issued_at"]
        events = self._events(invoice, rows, places)
        rate = self.oracle.rates.rate(invoice["currency"], self.booked_on(invoice))
        for row in rows:
            start, end = row["service_start_at"], row["service_end_at"]
            has_period = start is not None and end is not None and start < end
            own = [
                *events.get(row["line_id"], []), *self._expired.get((row["invoice_id"], row["line_id"]), [])
            ]  # fmt: skip
            found = recognise(
                row["amount_ex_tax"], start if has_period else booked, end if has_period else booked,
                own, zone=self.oracle.policies.reporting_timezone, places=places,
                is_prepaid=row["kind"] == "credit_purchase",
            )  # fmt: skip
            yield Line(row, invoice, self.booking_month(invoice), places, rate, found)
