"""Small sums over the oracle: what drove a delta, rolling churn, the netting bridge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from oracle.ledger import TYPES, ZERO, MonthRow, Oracle
from oracle.payments import ratio
from oracle.retention import Retention


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


def churn_rate_of_active_and_new(churned: int, active_before: int, new: int) -> float | None:
    """The billing dashboard's rate: churned in the window of those active before it or new in it."""
    return ratio(churned, active_before + new)


@dataclass(frozen=True, slots=True)
class RollingChurn:
    """The customers of a window of days: there when it began, come within it, and lost at its end."""

    active: int
    joined: int
    churned: int
    churned_active: int

    @property
    def rate(self) -> float | None:
        """Lost of those who were there."""
        return ratio(self.churned_active, self.active)

    @property
    def rate_with_new(self) -> float | None:
        """The billing dashboard's rate."""
        return churn_rate_of_active_and_new(self.churned, self.active, self.joined)


def rolling_churn(retention: Retention, on: date, days: int = 30) -> RollingChurn:
    """Churn at the start of a day, over the `days` days before it: customers, not events."""
    first, last = on - timedelta(days=days), on - timedelta(days=1)
    counts = {"active": 0, "joined": 0, "churned": 0, "churned_active": 0}
    for customer, moves in retention.moves.items():
        was_active = bool(retention.oracle.mrr_on(customer, first - timedelta(days=1)))
        joined = any(m.type in ("new", "reactivation") and first <= m.on <= last for m in moves)
        ends = [event for event in retention.events[customer] if first <= event.on <= last]
        is_lost = bool(ends) and not ends[-1].is_short_pause and not retention.oracle.mrr_on(customer, last)
        counts["active"] += was_active
        counts["joined"] += joined and not was_active
        counts["churned"] += is_lost
        counts["churned_active"] += is_lost and was_active
    return RollingChurn(**counts)


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
