"""Recognised revenue of one invoice line, piece of time by piece of time, in exact fractions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from oracle.ledger import next_month

SECOND = timedelta(seconds=1)
USED = ("usage", "true_up", "granted_credit")
"""Lines of use: what is metered, what a minimum was missed by, and what credits that were given take off."""
EARNING = ("earned", "accelerated", "breakage")
"""The classes of revenue that is earned; the others take revenue back."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happens to a line: a credit_note, refund, dispute, void, bad_debt, accelerated or breakage.

    The amount is that of this line; what withdraws the line, or gives all of it up, has none.
    """

    kind: str
    at: datetime
    amount: Decimal = Decimal(0)


@dataclass(slots=True)
class Piece:
    """A piece of time within one month, with what is recognised in it."""

    month: date
    start: Fraction
    end: Fraction
    amount: Fraction


@dataclass(frozen=True, slots=True)
class Recognised:
    """Revenue by month and class, and what events took of what was deferred, by month and kind."""

    revenue: Mapping[tuple[date, str], Decimal]
    taken_deferred: Mapping[tuple[date, str], Decimal]


def rounded(amount: Fraction, places: int) -> Decimal:
    """Half up, away from zero."""
    with_more = Decimal(amount.numerator) / Decimal(amount.denominator)
    return with_more.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def spread(amount: Decimal, worth: Mapping[str, Decimal], places: int) -> Mapping[str, Decimal]:
    """An amount over lines by what they are worth, to the last digit, in the order of ids."""
    total, reached, given = sum(worth.values(), Decimal(0)), Fraction(0), Decimal(0)
    found = {}
    for line, line_amount in sorted(worth.items()):
        reached += Fraction(line_amount)
        level = rounded(Fraction(amount) * reached / Fraction(total), places)
        found[line], given = level - given, level
    return found


@dataclass(frozen=True, slots=True)
class Calendar:
    """A reporting time zone, and in which unit time is measured: `day` or `second`."""

    zone: ZoneInfo
    unit: str

    def local_day(self, instant: datetime) -> date:
        """The local day of an instant in UTC."""
        return instant.replace(tzinfo=UTC).astimezone(self.zone).date()

    def position(self, instant: datetime) -> Fraction:
        """Where an instant lies, in whole local days or in seconds."""
        if self.unit == "day":
            return Fraction(self.local_day(instant).toordinal())
        return Fraction((instant - datetime(1, 1, 1)) // SECOND)

    def month_start(self, month: date) -> Fraction:
        """Where a local month begins."""
        if self.unit == "day":
            return Fraction(month.toordinal())
        midnight = datetime(month.year, month.month, 1, tzinfo=self.zone).astimezone(UTC)
        return Fraction((midnight.replace(tzinfo=None) - datetime(1, 1, 1)) // SECOND)


def months_of(
    calendar: Calendar, start: datetime, end: datetime
) -> Iterator[tuple[date, Fraction, Fraction]]:
    """The months that a period touches, with where it begins and ends in each."""
    first, last = calendar.position(start), calendar.position(end)
    last = max(last, first + 1)
    month = calendar.local_day(start).replace(day=1)
    while calendar.month_start(month) < last:
        following = next_month(month)
        yield month, max(first, calendar.month_start(month)), min(last, calendar.month_start(following))
        month = following


def shares_of_months(
    calendar: Calendar, granularity: str, start: datetime, end: datetime
) -> list[tuple[date, Fraction, Fraction, Fraction]]:
    """Month, where it begins and ends for the line, and its share of the line's amount."""
    months = list(months_of(calendar, start, end))
    length = sum((to - since for _, since, to in months), Fraction(0))
    by_time = [(to - since) / length for _, since, to in months]
    if granularity in ("day", "second"):
        shares = by_time
    elif granularity == "month_even":
        first, last = calendar.local_day(start), calendar.local_day(end)
        count = (last.year - first.year) * 12 + last.month - first.month
        count += (last.day - first.day >= 15) - (last.day - first.day < -15)
        count = max(count, 1)
        shares = [Fraction(1, count) if number < count else Fraction(0) for number in range(len(months))]
    else:
        whole = [
            (since, to) == (calendar.month_start(month), calendar.month_start(next_month(month)))
            for month, since, to in months
        ]
        parts = list(zip(by_time, whole, strict=True))
        rest = 1 - sum((share for share, is_whole in parts if not is_whole), Fraction(0))
        shares = [rest / sum(whole) if is_whole else share for share, is_whole in parts]
    return [(*month, share) for month, share in zip(months, shares, strict=True)]


def pieces_of(
    months: Iterable[tuple[date, Fraction, Fraction, Fraction]], amount: Fraction, cuts: Sequence[Fraction]
) -> list[Piece]:
    """The months of a line, cut where something happens."""
    found = []
    for month, since, to, share in months:
        points = sorted({since, to, *(cut for cut in cuts if since < cut < to)})
        for begin, end in pairwise(points):
            found.append(Piece(month, begin, end, amount * share * (end - begin) / (to - since)))
    return found


def recognise(
    amount: Decimal, start: datetime, end: datetime, events: Sequence[Event] = (), *,
    granularity: str = "day", zone: str = "UTC", places: int = 2, is_prepaid: bool = False,
) -> Recognised:  # fmt: skip
    """Revenue of a line over [start, end), UTC; a prepaid line earns nothing by itself."""
    calendar = Calendar(ZoneInfo(zone), "day" if granularity in ("day", "month_even") else "second")
    sign = -1 if amount < 0 else 1
    ordered = sorted(events, key=lambda event: event.at)
    months = [] if is_prepaid else shares_of_months(calendar, granularity, start, end)
    pieces = pieces_of(months, abs(Fraction(amount)), [calendar.position(event.at) for event in ordered])
    billed, back = abs(Fraction(amount)), Fraction(0)
    revenue: dict[tuple[date, str], Decimal] = defaultdict(Decimal)
    taken: dict[tuple[date, str], Decimal] = defaultdict(Decimal)
    truncated: date | None = None
    for event in ordered:
        month, now = calendar.local_day(event.at).replace(day=1), calendar.position(event.at)
        later = [piece for piece in pieces if piece.start >= now]
        earned = sum((piece.amount for piece in pieces if piece.start < now), Fraction(0)) - back
        left = billed - earned
        wanted = min(sign * Fraction(event.amount), billed)
        if event.kind == "credit_note" or (event.kind == "bad_debt" and event.amount):
            of_revenue = rounded(wanted * earned / billed if billed else Fraction(0), places)
            of_deferred = rounded(wanted, places) - of_revenue
            # All that is left is taken to the cent, which may be a part of one more than there is.
            scale = max((left - Fraction(of_deferred)) / left, Fraction(0)) if left else Fraction(0)
            for piece in later:
                piece.amount *= scale
        elif event.kind in ("refund", "dispute"):
            of_revenue = rounded(min(wanted, earned), places)
            of_deferred = rounded(wanted, places) - of_revenue
            _take_from_the_end(later, Fraction(of_deferred))
        elif event.kind == "breakage":
            of_deferred = rounded(min(Fraction(event.amount), left), places)
            of_revenue = -of_deferred
        else:
            of_revenue = rounded(earned, places)
            of_deferred = rounded(billed, places) - of_revenue
            if event.kind == "accelerated":
                of_revenue = -of_deferred
            for piece in later:
                piece.amount = Fraction(0)
        billed -= Fraction(of_revenue + of_deferred)
        back += Fraction(of_revenue)
        revenue[month, event.kind] -= sign * of_revenue
        taken[month, event.kind] += sign * of_deferred
        truncated = month if of_deferred else truncated
    earned_in_all = amount - sum(taken.values(), Decimal(0))
    if not is_prepaid:
        for month, part in _by_month(pieces, truncated, abs(earned_in_all), places).items():
            revenue[month, "earned"] += sign * part
    return Recognised(
        {key: value for key, value in revenue.items() if value},
        {key: value for key, value in taken.items() if value},
    )


def _take_from_the_end(pieces: Sequence[Piece], amount: Fraction) -> None:
    for piece in reversed(pieces):
        part = min(piece.amount, amount)
        piece.amount -= part
        amount -= part


def _by_month(
    pieces: Iterable[Piece], truncated: date | None, earned: Decimal, places: int
) -> Mapping[date, Decimal]:
    """Rounded months; the last one, or that of the event which ended the line, takes the remainder."""
    exact: dict[date, Fraction] = defaultdict(Fraction)
    for piece in pieces:
        exact[piece.month] += piece.amount
    earning = {month for month, amount in exact.items() if amount} | ({truncated} if truncated else set())
    found = {month: rounded(exact[month], places) for month in earning}
    if found:
        last = max(found)
        found[last] = earned - sum((part for month, part in found.items() if month != last), Decimal(0))
    return found
