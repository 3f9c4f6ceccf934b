"""Small sums over the oracle: what drove a delta, rolling churn, the netting bridge, revenue by day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from orchestration.synthetic.oracle import TYPES, ZERO, MonthRow, Oracle, next_month
from orchestration.synthetic.oracle_payments import ratio
from orchestration.synthetic.oracle_retention import ChurnEvent, Retention


@dataclass(frozen=True, slots=True)
class PriceQuantity:
    """How a change of price and quantity splits: quantity at the old price, price at the new quantity."""

    quantity_effect: Decimal
    price_effect: Decimal

    @property
    def delta(self) -> Decimal:
        """The two effects together."""
        return self.quantity_effect + self.price_effect


def split_delta(price_before: Decimal, quantity_before: Decimal, price_after: Decimal,
quantity_after: Decimal) -> PriceQuantity:  # fmt: skip
    """Split q1 x p1 - q0 x p0 exactly (specification, section 3)."""
    return PriceQuantity(
        price_before * (quantity_after - quantity_before), quantity_after * (price_after - price_before)
    )


def recognised_by_month(amount: Decimal, start: date, end: date, places: int = 2) -> Mapping[date, Decimal]:
    """An amount earned evenly over the days from `start` to before `end`; the last month takes the
    remainder.
    """
    total, unit = (end - start).days, Decimal(1).scaleb(-places)
    found: dict[date, Decimal] = {}
    first, left = start, amount
    while first < end:
        following = min(next_month(first), end)
        share = amount * (following - first).days / total
        part = left if following == end else share.quantize(unit, ROUND_HALF_UP)
        found[first.replace(day=1)] = part
        first, left = following, left - part
    return found


def churn_rate_of_active_and_new(churned: int, active_before: int, new: int) -> float | None:
    """The billing dashboard's rate: churned in the window of those active before it or new in it."""
    return ratio(churned, active_before + new)


def rolling_churn(retention: Retention, on: date, days: int = 30) -> float | None:
    """That rate at the start of a day, over the `days` days before it."""
    first, last = on - timedelta(days=days), on - timedelta(days=1)
    eve = first - timedelta(days=1)
    churned = active = new = 0
    for customer, moves in retention.moves.items():
        if retention.oracle.mrr_on(customer, eve):
            active += 1
        elif any(m.type == "new" and first <= m.on <= last for m in moves):
            new += 1
        if _lost_within(retention.events[customer], first, last) and not retention.oracle.mrr_on(
            customer, last
        ):
            churned += 1
    return churn_rate_of_active_and_new(churned, active, new)


def _lost_within(events: Iterable[ChurnEvent], first: date, last: date) -> bool:
    return any(first <= event.on <= last and not event.is_short_pause for event in events)


def netting_bridge(oracle: Oracle) -> Mapping[tuple[date, str], tuple[Decimal, Decimal]]:
    """Month and type to (sum of the day movements, sum of the month movements), in the reporting currency.

    A month's movement is the customer's closing minus its opening without fx; what went up and down inside
    the month is in the first figure alone.
    """
    found: dict[tuple[date, str], tuple[Decimal, Decimal]] = {}
    for customer in oracle.days:
        new_months = {m.on.replace(day=1) for m in oracle.movements(customer) if m.type == "new"}
        for row in oracle.roll_forward(customer):
            month_type = _month_type(row, row.month in new_months)
            for name in TYPES:
                day, month = found.get((row.month, name), (ZERO, ZERO))
                netted = row.closing - row.opening - row.fx if name == month_type else ZERO
                found[row.month, name] = (day + row.by_type[name], month + netted)
    return dict(sorted(found.items()))


def _month_type(row: MonthRow, is_new: bool) -> str | None:
    """Who came and left inside the month at two rates keeps the difference of the rates as up or down."""
    if row.opening and not row.closing:
        return "churn"
    if row.closing and not row.opening:
        return "new" if is_new else "reactivation"
    delta = row.closing - row.opening - row.fx
    return "expansion" if delta > 0 else "contraction" if delta < 0 else None
