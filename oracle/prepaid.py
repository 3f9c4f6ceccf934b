"""Prepaid credits and minimums, one customer and one subscription at a time: what is left, what is missed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from oracle.inputs import RawRow, instant
from oracle.ledger import next_month
from oracle.revenue import Event, rounded
from orchestration.landing.currencies import iso_4217

if TYPE_CHECKING:
    from oracle.books import Books

ZERO = Decimal(0)


@dataclass(slots=True)
class Lot:
    """Credits that one line sold, and what of them is left."""

    line: tuple[str, str]
    left: Decimal


@dataclass(slots=True)
class Wallet:
    """The credits of a customer in one currency, as their transactions leave them."""

    sums: dict[tuple[date, str, str], Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    """By month, kind of transaction and kind of credits; what lowers a balance is below 0."""
    left: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    """By grant and kind of credits."""


def _steps(rows: list[RawRow], today: datetime) -> list[tuple[datetime, int, RawRow]]:
    """The transactions in their order, with an end of each grant that lasts to a day and has none."""
    told = {row["balance_id"] for row in rows if row["kind"] == "expiry"}
    ends = [
        {**row, "kind": "expiry", "amount": None, "occurred_at": row["expires_at"], "invoice_id": None}
        for row in rows
        if row["kind"] == "grant" and row["expires_at"] and row["balance_id"] not in told
    ]
    steps = [(_at(row["occurred_at"]), place, row) for place, row in enumerate([*rows, *ends])]
    return sorted((step for step in steps if step[0] <= today), key=lambda step: step[:2])


def _at(value: object) -> datetime:
    found = instant(value)
    assert found is not None
    return found.replace(tzinfo=UTC)


def wallets(books: Books) -> Mapping[tuple[str, str], Wallet]:
    """The credits of every customer and currency."""
    found: dict[tuple[str, str], Wallet] = defaultdict(Wallet)
    for (customer, currency), rows in _by_wallet(books).items():
        wallet = found[customer, currency]
        for at, _, row in _steps(rows, books.oracle.as_of):
            holds = (row["balance_id"], row["credit_kind"])
            size = wallet.left[holds] if row["amount"] is None else Decimal(row["amount"])
            change = size if row["kind"] in ("grant", "reinstatement") else -size
            wallet.left[holds] += change
            month = books.oracle.local_day(at).replace(day=1)
            wallet.sums[month, row["kind"], row["credit_kind"]] += change
    return found


def _by_wallet(books: Books) -> Mapping[tuple[str, str], list[RawRow]]:
    found: dict[tuple[str, str], list[RawRow]] = defaultdict(list)
    excluded = {
        row["customer_id"] for row in books.tables["customers"] if row["is_test"] or row["is_internal"]
    }
    for row in books.tables.get("credit_transactions", []):
        if row["customer_id"] not in excluded:
            found[row["customer_id"], row["currency"]].append(row)
    return found


def balances(books: Books) -> Mapping[tuple[str, str, date], tuple[Decimal, ...]]:
    """By customer, currency, month: bought, given, used and expired of both, left, left of the bought."""
    found = {}
    for (customer, currency), wallet in wallets(books).items():
        month, left, paid = min(key[0] for key in wallet.sums), ZERO, ZERO
        while month <= books.oracle.today:
            moved = {key[1:]: amount for key, amount in wallet.sums.items() if key[0] == month}
            left += sum(moved.values(), ZERO)
            paid += sum((amount for (_, kind), amount in moved.items() if kind == "paid"), ZERO)
            parts = [
                moved.get((kind, of), ZERO)
                for kind in ("grant", "draw_down", "expiry") for of in ("paid", "granted")
            ]  # fmt: skip
            found[customer, currency, month] = (*parts, left, paid)
            month = next_month(month)
    return found


def breakage(books: Books) -> Mapping[tuple[str, str], list[Event]]:
    """What expires of bought credits, by the line that sold it: the first that were bought are used first."""
    found: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for (customer, currency), rows in _by_wallet(books).items():
        paid = [row for row in rows if row["credit_kind"] == "paid"]
        lots = [
            Lot((row["invoice_id"], row["line_id"]), Decimal(row["amount_ex_tax"]))
            for _, row in sorted(
                (
                    (_at(invoice["finalized_at"] or invoice["issued_at"]), row)
                    for invoice, row in books.all_lines
                    if row["kind"] == "credit_purchase" and row["amount_ex_tax"] > 0
                    and (invoice["customer_id"], invoice["currency"]) == (customer, currency)
                    and invoice["status"] not in ("void", "draft")
                ), key=lambda sold: (sold[0], sold[1]["invoice_id"], sold[1]["line_id"]),
            )
        ]  # fmt: skip
        left: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for at, _, row in _steps(paid, books.oracle.as_of):
            holder = row["balance_id"]
            size = left[holder] if row["amount"] is None else Decimal(row["amount"])
            if row["kind"] == "grant":
                left[holder] += size
                continue
            left[holder] -= size
            for lot in lots:
                part = min(lot.left, size)
                if part and row["kind"] == "expiry":
                    found[lot.line].append(Event("breakage", at, part))
                lot.left, size = lot.left - part, size - part
    return found


def periods(books: Books) -> Mapping[tuple[str, date], tuple[str, Decimal, Decimal, Decimal]]:
    """Of each monthly minimum, by its id and period: outcome, committed, used, billed as its true-up."""
    found = {}
    for row in books.tables.get("commitments", []):
        zone = ZoneInfo(row.get("time_zone") or "UTC")
        starts, ends = (_at(row[name]).astimezone(zone).date() for name in ("starts_at", "ends_at"))
        lines = [
            (invoice, line) for invoice, line in books.all_lines
            if line["subscription_id"] == row["subscription_id"]
            and invoice["status"] not in ("void", "draft") and line["amount_ex_tax"]
            and line["kind"] in ("recurring", "usage", "true_up")
        ]  # fmt: skip
        last = max((_booked_at(invoice).astimezone(zone).date() for invoice, _ in lines), default=date.min)
        begin = starts
        while begin < min(ends, next_month(books.oracle.today.replace(day=1))):
            year, month = divmod(begin.year * 12 + begin.month, 12)
            end = begin.replace(year=year, month=month + 1)
            own = [line for invoice, line in lines if begin <= _served_on(zone, invoice, line) < end]
            used = sum(
                (Decimal(line["amount_ex_tax"]) + Decimal(line["discount_amount"]) for line in own
                 if line["kind"] != "true_up"), ZERO,
            )  # fmt: skip
            billed = sum((Decimal(line["amount_ex_tax"]) for line in own if line["kind"] == "true_up"), ZERO)
            share = Fraction((min(end, ends) - begin).days, (end - begin).days)
            least = rounded(Fraction(row["amount"]) * share, iso_4217()[row["currency"]])
            outcome = "met" if used >= least else "missed" if last >= end else "open"
            found[row["commitment_id"], begin] = (outcome, least, used, billed)
            begin = end
    return found


def _booked_at(invoice: RawRow) -> datetime:
    return _at(invoice["finalized_at"] or invoice["issued_at"])


def _served_on(zone: ZoneInfo, invoice: RawRow, line: RawRow) -> date:
    """The day of which a line is: its first, or without days of its own the one before its invoice."""
    start, end = instant(line["service_start_at"]), instant(line["service_end_at"])
    if start is not None and end is not None and start < end:
        return start.replace(tzinfo=UTC).astimezone(zone).date()
    return _booked_at(invoice).astimezone(zone).date() - timedelta(days=1)
