"""The MRR of every subscription item over time: specification, sections 1 and 2, in exact arithmetic."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil

from oracle.inputs import (
    Discount,
    Inputs,
    ItemVersion,
    Policies,
    Subscription,
    instant,
)
from orchestration.synthetic.clock import add_months

FOUR_PLACES = Decimal("0.0001")
DISCOUNT_POLICIES = {
    "forever+repeating": frozenset({"forever", "repeating"}),
    "all": frozenset({"forever", "repeating", "once"}),
    "forever": frozenset({"forever"}),
    "none": frozenset(),
}


@dataclass(frozen=True, slots=True)
class ItemState:
    """One item at one instant: its version, its MRR before and after discounts, its committed MRR
    (native).
    """

    version: ItemVersion
    status: str
    list_mrr: Fraction
    mrr: Decimal
    committed: Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """The items of a customer from `at` until the next change."""

    at: datetime
    items: tuple[ItemState, ...]

    def native(self) -> dict[str, Decimal]:
        """MRR by currency, currencies at 0 left out."""
        return _by_currency((s.version.currency, s.mrr) for s in self.items)

    def committed(self) -> dict[str, Decimal]:
        """Committed MRR by currency, currencies at 0 left out."""
        return _by_currency((s.version.currency, s.committed) for s in self.items)


def _by_currency(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for currency, amount in amounts:
        if amount:
            total[currency] = total.get(currency, Decimal(0)) + amount
    return total


def round_state(value: Fraction) -> Decimal:
    """Half up to four places, never below 0; the only rounding of an MRR."""
    if value <= 0:
        return Decimal("0.0000")
    return Decimal((value * 20_000 + 1) // 2) / 10_000


def per_month(unit: str, count: int, policies: Policies) -> Fraction:
    """How much of one billing period's price is one month's; ValueError for an unknown interval."""
    months = {"month": 1, "quarter": 3, "year": 12}
    if unit in months:
        return Fraction(1, months[unit] * count)
    if unit == "week":
        return Fraction(policies.weeks_per_year, 12 * count)
    if unit == "day":
        return Fraction(policies.days_per_year, 12 * count)
    raise ValueError(
        f"interval '{unit}' is not one of day, week, month, quarter, year: the row is quarantined"
    )


def period_days(version: ItemVersion, policies: Policies) -> Fraction:
    """The mean length of one billing period in days."""
    return Fraction(policies.days_per_year, 12) / per_month(
        version.interval_unit, version.interval_count, policies
    )


class CustomerItems:
    """All items and discounts of one customer, and their states at any instant."""

    def __init__(self, versions: Iterable[ItemVersion], inputs: Inputs, policies: Policies) -> None:
        """`versions` are the customer's; of two with the same start the later in the input wins."""
        self._inputs, self._policies = inputs, policies
        by_item: dict[tuple[str, str], dict[datetime, ItemVersion]] = {}
        for version in versions:
            by_item.setdefault((version.subscription_id, version.item_id), {})[version.valid_from] = version
        self._items = {key: [v for _, v in sorted(found.items())] for key, found in sorted(by_item.items())}
        self._starts = {key: [v.valid_from for v in found] for key, found in self._items.items()}
        self._discounts = self._own_discounts()
        self._first_paid = _first_paid(inputs) if policies.mrr_start == "first_paid_invoice" else None

    def _own_discounts(self) -> list[Discount]:
        items = {item for _, item in self._items}
        subscriptions = {subscription for subscription, _ in self._items}
        customers = {self._inputs.customer_of(v) for found in self._items.values() for v in found}
        allowed = DISCOUNT_POLICIES[self._policies.discounts]
        own = [
            d for d in self._inputs.discounts
            if d.duration in allowed | {"repeating"} and (
                d.item_id in items or d.subscription_id in subscriptions or d.customer_id in customers)
        ]  # fmt: skip
        return sorted(own, key=lambda d: (_level(d), d.percent_off is None, d.starts_at, d.discount_id))

    def changes(self, as_of: datetime) -> list[Change]:
        """The states at every instant up to `as_of` at which something may have changed, in order."""
        had_mrr: set[tuple[str, str]] = set()
        changes: list[Change] = []
        moments = self._moments()
        if any(
            v.valid_from > as_of and v.recorded_at is None for found in self._items.values() for v in found
        ):
            moments.add(as_of)  # a scheduled change of unknown age is known at least now
        for at in sorted(moment for moment in moments if moment <= as_of):
            change = Change(at, self._states(at, as_of, had_mrr))
            had_mrr |= {(s.version.subscription_id, s.version.item_id) for s in change.items if s.mrr}
            changes.append(change)
        return changes

    def _moments(self) -> set[datetime]:
        moments: set[datetime] = set()
        for key, versions in self._items.items():
            for version in versions:
                moments |= {version.valid_from, *filter(None, (version.valid_to, version.recorded_at))}
            moments |= self._past_due_limits(versions)
            subscription = self._inputs.subscriptions.get(key[0])
            if subscription is not None:
                moments |= _own_moments(subscription)
            if self._first_paid is not None and key[0] in self._first_paid:
                moments.add(self._first_paid[key[0]])
        for discount in self._discounts:
            ends = {self._ends_at(discount, v) for versions in self._items.values() for v in versions}
            moments |= {discount.starts_at, *filter(None, ends)}
        first = min(version.valid_from for versions in self._items.values() for version in versions)
        return {moment for moment in moments if moment >= first}

    def _past_due_limits(self, versions: Sequence[ItemVersion]) -> set[datetime]:
        if self._policies.past_due_max_days is None:
            return set()
        limit = timedelta(days=self._policies.past_due_max_days)
        return {
            self._past_due_since(versions, n) + limit
            for n, v in enumerate(versions)
            if v.status == "past_due"
        }

    @staticmethod
    def _past_due_since(versions: Sequence[ItemVersion], index: int) -> datetime:
        while index and versions[index - 1].status == "past_due":
            index -= 1
        return versions[index].valid_from

    def _states(self, at: datetime, as_of: datetime, had_mrr: set[tuple[str, str]]) -> tuple[ItemState, ...]:
        standing: list[tuple[ItemVersion, str, Fraction]] = []
        for key, versions in self._items.items():
            index = bisect_right(self._starts[key], at) - 1
            if index < 0 or (versions[index].valid_to or at + timedelta.resolution) <= at:
                continue
            version = versions[index]
            status = self._status(version, at)
            counts = self._counts("retention_trial" if status == "trialing" and key in had_mrr else status)
            if counts and status == "past_due" and self._policies.past_due_max_days is not None:
                limit = timedelta(days=self._policies.past_due_max_days)
                counts = at < self._past_due_since(versions, index) + limit
            if self._first_paid is not None:
                counts = counts and at >= self._first_paid.get(key[0], at + timedelta.resolution)
            standing.append((version, status, self._list_mrr(version) if counts else Fraction(0)))
        net = self._discounted([(version, listed) for version, _, listed in standing], at)
        states = []
        for (version, status, listed), amount in zip(standing, net, strict=True):
            mrr = round_state(amount)
            committed = self._committed(version, mrr, at, as_of)
            if self._policies.churn_date == "cancel_request" and self._is_ending(version, at):
                mrr = committed
            states.append(ItemState(version, status, listed, mrr, committed))
        return tuple(states)

    def _counts(self, status: str) -> bool:
        return status in self._policies.counted_statuses.split("+")

    def _status(self, version: ItemVersion, at: datetime) -> str:
        """The version's status; where it has none, what the subscription's own dates say of that instant."""
        if version.status is not None:
            return version.status
        subscription = self._inputs.subscriptions.get(version.subscription_id)
        return "active" if subscription is None else status_from_dates(subscription, at)

    def _list_mrr(self, version: ItemVersion) -> Fraction:
        if version.usage_type != "licensed" or version.interval_unit == "one_time":
            return Fraction(0)
        share = per_month(version.interval_unit, version.interval_count, self._policies)
        if version.unit_amount is not None:
            units = Fraction(version.quantity)
            if version.package_size:
                units = Fraction(ceil(units / Fraction(version.package_size)))
            return units * Fraction(version.unit_amount) * share
        tiers = self._inputs.tiers.get(version.price_id or "")
        if tiers is None:
            raise ValueError(f"item {version.item_id} has neither a unit amount nor tiers")
        return tiered_amount(tiers.scheme, tiers.tiers, Fraction(version.quantity)) * share

    def _discounted(self, items: list[tuple[ItemVersion, Fraction]], at: datetime) -> list[Fraction]:
        """Apply item, then subscription, then customer discounts; within a level percents first."""
        left = [listed for _, listed in items]
        for discount in self._discounts:
            if at < discount.starts_at:
                continue
            hit = [
                n for n, (version, _) in enumerate(items)
                if left[n] and self._applies(discount, version) and self._counted(discount, version)
                and at < (self._ends_at(discount, version) or at + timedelta.resolution)
            ]  # fmt: skip
            base = sum((left[n] for n in hit), Fraction(0))
            for n in hit:
                if discount.percent_off is not None:
                    left[n] *= 1 - Fraction(discount.percent_off) / 100
                elif discount.amount_off is not None:
                    version = items[n][0]
                    share = per_month(version.interval_unit, version.interval_count, self._policies)
                    off = Fraction(discount.amount_off) * share * left[n] / base
                    left[n] = max(left[n] - off, Fraction(0))
        return left

    @staticmethod
    def _ends_at(discount: Discount, version: ItemVersion) -> datetime | None:
        """Its end; `once` without one lasts one billing period of the item."""
        if discount.ends_at is not None or discount.duration != "once":
            return discount.ends_at
        unit, count = version.interval_unit, version.interval_count
        if unit in ("day", "week"):
            return discount.starts_at + timedelta(days=count * (7 if unit == "week" else 1))
        months = count * {"month": 1, "quarter": 3, "year": 12}.get(unit, 0)
        return add_months(discount.starts_at, months)

    def _applies(self, discount: Discount, version: ItemVersion) -> bool:
        """An amount off without a currency is in the item's; one in another currency takes nothing off, and
        one that is bound to a product leaves the others alone.
        """
        if discount.product_ids is not None and version.product_id not in discount.product_ids.split(";"):
            return False
        if discount.amount_off is not None and discount.currency not in (None, version.currency):
            return False
        if discount.item_id is not None and discount.item_id != version.item_id:
            return False
        if discount.subscription_id is not None:
            return discount.subscription_id == version.subscription_id
        return discount.item_id is not None or discount.customer_id == self._inputs.customer_of(version)

    def _counted(self, discount: Discount, version: ItemVersion) -> bool:
        """Whether the policy counts it; a repeating one shorter than a billing period is a `once`."""
        duration = discount.duration
        begins, ends = discount.granted_at or discount.starts_at, discount.granted_until or discount.ends_at
        if duration == "repeating" and ends is not None:
            lasts = Fraction(int((ends - begins).total_seconds()), 86_400)
            # A calendar month may have 28 days: a discount of n whole months is not shorter than n months.
            if lasts < period_days(version, self._policies) * Fraction(28 * 12, 365):
                duration = "once"
        return duration in DISCOUNT_POLICIES[self._policies.discounts]

    def _committed(self, version: ItemVersion, mrr: Decimal, at: datetime, as_of: datetime) -> Decimal:
        if self._is_ending(version, at):
            return Decimal("0.0000")
        key = (version.subscription_id, version.item_id)
        scheduled = [v for v in self._items[key] if v.valid_from > as_of and (v.recorded_at or as_of) <= at]
        if scheduled and mrr:
            last = scheduled[-1]
            # The item has MRR now, so a trial to come keeps it.
            counts = self._counts("retention_trial" if last.status == "trialing" else last.status or "")
            net = self._discounted([(last, self._list_mrr(last) if counts else Fraction(0))], at)
            return round_state(net[0])
        return mrr

    def _is_ending(self, version: ItemVersion, at: datetime) -> bool:
        """Whether its end was asked for, by then, of the item or of its subscription."""
        subscription = self._inputs.subscriptions.get(version.subscription_id)
        requested = None if subscription is None else subscription.cancel_requested_at
        return version.cancel_at_period_end or (requested is not None and at >= requested)


def _own_moments(subscription: Subscription) -> set[datetime]:
    return {
        moment
        for moment in (
            subscription.cancel_requested_at,
            subscription.ended_at,
            subscription.trial_started_at,
            subscription.trial_ended_at,
            subscription.paused_at,
        )
        if moment is not None
    }


def _level(discount: Discount) -> int:
    return 0 if discount.item_id is not None else 1 if discount.subscription_id is not None else 2


def status_from_dates(subscription: Subscription, at: datetime) -> str:
    """What a subscription without a status history must have been at `at`."""
    if subscription.ended_at is not None and at >= subscription.ended_at:
        return "ended"
    started, ended = subscription.trial_started_at, subscription.trial_ended_at
    if started is not None and ended is not None and started <= at < ended:
        return "trialing"
    if subscription.paused_at is not None and at >= subscription.paused_at:
        return "paused"
    return "active" if subscription.status in ("ended", "trialing", "paused") else subscription.status


def tiered_amount(
    scheme: str, tiers: Sequence[tuple[Decimal | None, Decimal, Decimal]], quantity: Fraction
) -> Fraction:
    """The price of one period: `volume` prices all units by the step reached, `tiered` each unit by its
    own.
    """
    total, floor = Fraction(0), Fraction(0)
    for up_to, unit, flat in tiers:
        reached = up_to is None or quantity <= Fraction(up_to)
        if scheme == "volume":
            if reached:
                return quantity * Fraction(unit) + Fraction(flat)
            continue
        top = quantity if up_to is None else min(quantity, Fraction(up_to))
        if top > floor:
            total += (top - floor) * Fraction(unit) + Fraction(flat)
            floor = top
    return total


def _first_paid(inputs: Inputs) -> dict[str, datetime]:
    """The instant at which each subscription's first invoice was fully paid."""
    found: dict[str, datetime] = {}
    for invoice in inputs.invoices:
        paid, subscription = instant(invoice.get("paid_at")), invoice.get("subscription_id")
        if paid is not None and subscription and (subscription not in found or paid < found[subscription]):
            found[subscription] = paid
    return found


def money(value: Decimal) -> Decimal:
    """Half up to four places, for balances in the reporting currency."""
    return value.quantize(FOUR_PLACES, ROUND_HALF_UP)
