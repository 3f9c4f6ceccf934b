"""Price changes and what customers did after them: finance.md, section 8, in plain loops."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import sqrt

from oracle.board import TENURES
from oracle.inputs import ItemVersion
from oracle.ledger import ZERO, Oracle, next_month
from oracle.retention import Z95, Retention
from oracle.states import Change, ItemState, money, per_month, round_state

DAYS = timedelta(days=90)
Price = tuple[str, str, str, str, Decimal | None, Decimal | None]
"""Direction, plan, currency, interval, price of a unit before and after."""


@dataclass(slots=True)
class Meeting:
    """One price change as it reached one customer in one month; amounts in the reporting currency."""

    customer_id: str
    month: date
    price: Price
    on: date
    band: str
    """Of the interval that the price is billed by."""
    items: int = 0
    before: Decimal = ZERO
    effect: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Reaction:
    """What those did whom a price change reached, beside the others like them; None where untold."""

    n: int
    churned: int
    contracted: int
    others: int
    others_n: float
    churn: tuple[float, float, float] | None
    """Difference of the shares who left, with its bounds."""
    contraction: tuple[float, float, float] | None


def meetings(oracle: Oracle) -> list[Meeting]:
    """Every price change that reached a customer and month, of those who still paid when the day ended."""
    found: dict[tuple[str, date, Price], Meeting] = {}
    for customer, changes in oracle.changes.items():
        for earlier, change in pairwise(changes):
            on = oracle.local_day(change.at)
            for before, after in _same_items(earlier, change):
                price = _price_change(before, after)
                if price is None or not oracle.mrr_on(customer, on):
                    continue
                month, currency = on.replace(day=1), after.version.currency
                key = (customer, month, price)
                quantity, effect = _effects(oracle, before, after)
                at_old_price = before.mrr + quantity
                meeting = found.setdefault(
                    key, Meeting(customer, month, price, on, interval_band(after.version))
                )
                rate = oracle.rates.rate(currency, on)
                meeting.items += 1
                meeting.before += money(before.mrr * rate)
                meeting.effect += money((at_old_price + effect) * rate) - money(at_old_price * rate)
    return list(found.values())


def _same_items(earlier: Change, change: Change) -> Iterable[tuple[ItemState, ItemState]]:
    """Items with MRR on both sides of a change."""
    paid = {(s.version.subscription_id, s.version.item_id): s for s in earlier.items if s.mrr}
    for state in change.items:
        before = paid.get((state.version.subscription_id, state.version.item_id))
        if before is not None and state.mrr:
            yield before, state


def _price_change(before: ItemState, after: ItemState) -> Price | None:
    """The price that became another, quantity for quantity; None for any other change."""
    old, new = before.version, after.version
    if any(getattr(old, name) != getattr(new, name) for name in (
        "product_id", "plan_name", "currency", "interval_unit", "interval_count"
    )):  # fmt: skip
        return None
    if old.unit_amount is not None and new.unit_amount is not None:
        change = Fraction(new.unit_amount - old.unit_amount)
    else:
        change = after.list_mrr - before.list_mrr if old.quantity == new.quantity else Fraction(0)
    if not change:
        return None
    interval = new.interval_unit if new.interval_count == 1 else f"{new.interval_count} {new.interval_unit}s"
    plan = new.plan_name or new.product_id or ""
    return "rise" if change > 0 else "cut", plan, new.currency, interval, old.unit_amount, new.unit_amount


def _effects(oracle: Oracle, before: ItemState, after: ItemState) -> tuple[Decimal, Decimal]:
    """What its quantity, at the old price, and then its price did to the item's native list MRR."""
    old, new = before.version, after.version
    share = per_month(new.interval_unit, new.interval_count, oracle.policies)
    added = Fraction(new.quantity - old.quantity) * Fraction(old.unit_amount or 0) * share
    quantity = round_state(added) if added >= 0 else -round_state(-added)
    return quantity, round_state(after.list_mrr) - round_state(before.list_mrr) - quantity


def tenure(oracle: Oracle, customer: str, month: date, first: Mapping[str, date]) -> str:
    """The band of how many months a customer had been one."""
    months = (month.year - first[customer].year) * 12 + month.month - first[customer].month
    return next(label for below, label in TENURES if below is None or months < below)


def interval_band(version: ItemVersion) -> str:
    """Whether an item is billed by the month, or a shorter interval, or by a longer one."""
    days = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[version.interval_unit]
    return "longer" if days * version.interval_count > 31 else "month"


def paid_by(oracle: Oracle, customer: str, on: date) -> str:
    """The band of intervals by which a customer pays more than half of its MRR at the end of a day."""
    change = [one for one in oracle.changes[customer] if oracle.local_day(one.at) <= on][-1]
    amounts: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for state in change.items:
        rate = oracle.rates.rate(state.version.currency, on) if state.mrr else ZERO
        amounts[interval_band(state.version)] += state.mrr * rate
    return "longer" if amounts["longer"] - amounts["month"] >= Decimal("0.01") else "month"


def did(retention: Retention, customer: str, on: date) -> tuple[bool, bool, Decimal]:
    """Whether a customer left, whether it contracted, and what it lost in the 90 days after a day."""
    churned = any(on < e.on <= on + DAYS and not e.is_short_pause for e in retention.events[customer])
    moves = [
        move for move in retention.moves[customer]
        if on < move.on <= on + DAYS and move.type in ("churn", "contraction")
    ]  # fmt: skip
    contracted = any(move.type == "contraction" for move in moves)
    return churned, contracted, -sum((move.delta for move in moves), ZERO)


def is_over(oracle: Oracle, month: date) -> bool:
    """Whether the 90 days after a month are."""
    return next_month(month) + DAYS <= oracle.today


def reactions(retention: Retention, met: Iterable[Meeting]) -> dict[tuple[str, ...], Reaction]:
    """By change (month and price), by direction and plan, and by direction: what those who met one did."""
    oracle, met = retention.oracle, list(met)
    first = {customer: moves[0].on for customer, moves in retention.moves.items() if moves}
    groups: dict[tuple[str, ...], list[Meeting]] = defaultdict(list)
    for meeting in met:
        if is_over(oracle, meeting.month):
            direction, plan = meeting.price[:2]
            change = (str(meeting.month), *(str(part) for part in meeting.price))
            for key in (change, (direction, plan), (direction,)):
                groups[key].append(meeting)
    others = {
        month: _others(retention, month, met, first) for month in {one.month for one in met}
        if is_over(oracle, month)
    }  # fmt: skip
    return {key: _reaction(retention, group, others, first) for key, group in groups.items()}


def _others(
    retention: Retention, month: date, met: list[Meeting], first: Mapping[str, date]
) -> dict[tuple[str, str], list[tuple[bool, bool, Decimal]]]:
    """By bands, what the customers of a month's end did whom nothing had reached for 90 days."""
    oracle, last = retention.oracle, next_month(month) - timedelta(days=1)
    reached = {one.customer_id for one in met if last - DAYS < one.on <= last}
    found: dict[tuple[str, str], list[tuple[bool, bool, Decimal]]] = defaultdict(list)
    for customer in oracle.days:
        if customer not in reached and oracle.mrr_on(customer, last):
            bands = tenure(oracle, customer, month, first), paid_by(oracle, customer, last)
            found[bands].append(did(retention, customer, last))
    return found


def _reaction(
    retention: Retention,
    group: list[Meeting],
    others: Mapping[date, Mapping[tuple[str, str], list[tuple[bool, bool, Decimal]]]],
    first: Mapping[str, date],
) -> Reaction:
    oracle = retention.oracle
    cells: dict[tuple[date, tuple[str, str]], list[tuple[bool, bool, Decimal]]] = defaultdict(list)
    for one in group:
        bands = tenure(oracle, one.customer_id, one.month, first), one.band
        if others[one.month].get(bands):
            cells[one.month, bands].append(did(retention, one.customer_id, one.on))
    n = sum(map(len, cells.values()))
    if not n:
        return Reaction(0, 0, 0, 0, 0.0, None, None)
    weights = {cell: len(rows) / n for cell, rows in cells.items()}
    beside = {cell: others[cell[0]][cell[1]] for cell in cells}
    others_n = 1 / sum(weight**2 / len(beside[cell]) for cell, weight in weights.items())
    shares, counts = [], []
    for place in (0, 1):
        counts.append(sum(bool(row[place]) for rows in cells.values() for row in rows))
        shares.append(sum(
            weights[cell] * sum(bool(row[place]) for row in rows) / len(rows)
            for cell, rows in beside.items()
        ))  # fmt: skip
    enough = min(n, others_n) >= oracle.policies.min_n
    return Reaction(
        n, counts[0], counts[1], sum(map(len, beside.values())), others_n,
        difference(counts[0] / n, n, shares[0], others_n) if enough else None,
        difference(counts[1] / n, n, shares[1], others_n) if enough else None,
    )  # fmt: skip


def difference(share: float, n: float, other: float, other_n: float) -> tuple[float, float, float]:
    """Of two shares, with Newcombe's bounds at 95 % (1998, method 10)."""
    (low, high), (other_low, other_high) = _wilson(share, n), _wilson(other, other_n)
    delta = share - other
    return (
        delta,
        delta - sqrt((share - low) ** 2 + (other_high - other) ** 2),
        delta + sqrt((high - share) ** 2 + (other - other_low) ** 2),
    )


def _wilson(share: float, n: float) -> tuple[float, float]:
    """Wilson's bounds of a share of so many, which need be no whole number."""
    z2 = Z95 * Z95
    centre, spread = share + z2 / (2 * n), Z95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, (centre - spread) / (1 + z2 / n)), min(1.0, (centre + spread) / (1 + z2 / n))
