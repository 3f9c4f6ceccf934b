"""The life of one subscription, month by month: renewals, changes of mind, trouble, the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestration.synthetic import dials
from orchestration.synthetic.billing import DAY, HOUR, Biller
from orchestration.synthetic.book import Book, Item
from orchestration.synthetic.catalogue import ADDONS, API_CALLS, FREE, INSIGHTS, LADDER, Price, Product, price
from orchestration.synthetic.clock import MONTHS, add_periods
from orchestration.synthetic.draws import Draws
from orchestration.synthetic.events import Kind
from orchestration.synthetic.profile import Profile
from orchestration.synthetic.rises import EARLIEST_DAYS, LATEST_DAYS, PriceRise, price_at

SWITCH_TO = {"EUR": "USD", "USD": "EUR", "GBP": "EUR", "JPY": "USD"}


@dataclass(slots=True)
class Subscription:
    """Lives one subscription until `until`. After `live`, `ended_at` says when it ended, None if it goes
    on.
    """

    profile: Profile
    book: Book
    biller: Biller
    draws: Draws
    offers: Draws
    until: datetime
    rises: tuple[PriceRise, ...] = ()
    reactions: Draws | None = None
    """What a rise draws from; None where no price rises."""
    ended_at: datetime | None = None
    _anchor: datetime | None = None
    _period_end: datetime | None = None
    _cancel_at: datetime | None = None
    _scheduled: tuple[datetime, Item, Price, int] | None = None
    _leaves_at: datetime | None = None

    def live(self, active_from: datetime) -> None:
        """Go from slice to slice (a month, or one short period) until the end of the simulation or its
        own.
        """
        self._anchor, number, reason = active_from, 0, "subscription_create"
        while self.ended_at is None:
            unit, count = self._interval()
            step = ("day", count) if unit == "day" else ("month", 1)
            per_period = 1 if unit == "day" else MONTHS[unit] * count
            start = add_periods(self._anchor, *step, number)
            end = add_periods(self._anchor, *step, number + 1)
            if start >= self.until:
                return
            quiet = False
            if number % per_period == 0:
                self._period_end = add_periods(self._anchor, *step, number + per_period)
                quiet = self._renew(start, self._period_end, reason)
                reason = "subscription_cycle"
            anchor = self._anchor
            if self.ended_at is None and not quiet and self._leaves_at and self._leaves_at < end:
                self._leave(max(self._leaves_at, start + HOUR))
            if self.ended_at is None and not quiet and self._cancel_at is None and self._scheduled is None:
                self._slice(start, end, (end - start) / timedelta(days=30))
            number = number + 1 if anchor == self._anchor else 0

    def _interval(self) -> tuple[str, int]:
        plan = self.book.plan_item().price
        return plan.interval_unit, plan.interval_count

    def _renew(self, at: datetime, period_end: datetime, reason: str) -> bool:
        """End, or bill the next period; True if payment trouble keeps this slice busy."""
        if self._cancel_at is not None:
            explained = None if self.draws.chance(dials.NO_REASON_SHARE) else "voluntary"
            self._end(at, Kind.ENDED_VOLUNTARILY, explained)
            return True
        if self._scheduled is not None:
            _, item, new, quantity = self._scheduled
            self._scheduled = None
            self.book.change(at, Kind.CHANGE_SCHEDULED, item, new, quantity)
        self._raise_prices(at)
        before = self.biller.payments
        self.biller.bill(at, period_end, reason, short=period_end - at < timedelta(days=20))
        if self.biller.ended_at is not None:
            self.ended_at = self.biller.ended_at
        return self.biller.payments - before > 1 or self.ended_at is not None

    def _raise_prices(self, at: datetime) -> None:
        """Take the prices of the list as they are by now, and decide whether that is too much."""
        for item in self.book.licensed():
            now = price_at(item.price, at, self.rises)
            if now.price_id != item.price.price_id:
                self.book.change(at, Kind.PRICE_CHANGED, item, now)
                rise = max(
                    (one for one in self.rises if one.product_id == now.product.product_id
                     and one.effective <= at), key=lambda one: one.effective,
                )  # fmt: skip
                assert self.reactions is not None
                if self.reactions.chance(rise.leaves):
                    self._leaves_at = at + self.reactions.integer(EARLIEST_DAYS, LATEST_DAYS) * DAY

    def _leave(self, at: datetime) -> None:
        """End at once, the price being too high."""
        self.book.request_cancel(at, at + HOUR, "too_expensive")
        self._end(at + HOUR, Kind.ENDED_VOLUNTARILY, "voluntary")

    def _end(self, at: datetime, kind: Kind, reason: str | None) -> None:
        self.book.end(at, kind, reason)
        self.ended_at = at

    # ---- what can happen in a slice

    def _slice(self, start: datetime, end: datetime, months: float) -> None:
        luck = self.draws.unit()
        for name, hazard in dials.MONTHLY_HAZARDS:
            luck -= hazard * months * self._factor(name)
            if luck < 0:
                at = self.draws.instant(start + 2 * HOUR, end - 30 * HOUR)
                getattr(self, f"_on_{name}")(at, end)
                return

    def _factor(self, name: str) -> float:
        health, high_touch = self.profile.health, self.profile.sales_model == "high_touch"
        if name in dials.DEPARTURES:
            factor = dials.DEPARTURE_FACTOR[health]
            return factor * dials.HIGH_TOUCH_DEPARTURE_FACTOR if high_touch else factor
        return dials.ARRIVAL_FACTOR[health] if name in dials.ARRIVALS else 1.0

    def _price(self, product: Product, at: datetime) -> Price:
        return price_at(price(product, self.book.currency, *self._interval()), at, self.rises)

    def _prorated(self, at: datetime, kind: Kind, new: Price | None, quantity: int | None) -> None:
        """Change the plan item in mid-period and put the proration pair on the next invoice."""
        item = self.book.plan_item()
        before = item.price.amount(item.quantity)
        self.book.change(at, kind, item, new, quantity)
        unit, count = self._interval()
        assert self._period_end is not None
        start = add_periods(self._period_end, unit, count, -1)
        if start < at:
            self.biller.prorate(at, (start, self._period_end), before, item.price.amount(item.quantity))

    def _on_cancel(self, at: datetime, end: datetime) -> None:
        assert self._period_end is not None
        self._cancel_at = self._period_end
        self.book.request_cancel(at, self._period_end, self.draws.weighted(dials.FEEDBACK))
        offered_at = at + self.offers.integer(1, 5) * DAY
        if self._is_offered(saves=False) and offered_at < self._period_end - DAY:
            self.book.set_status(offered_at, Kind.RETENTION_TRIAL, "trialing")
            self._end_offer(offered_at, self._period_end)

    def _on_end_at_once(self, at: datetime, end: datetime) -> None:
        self._end(at, Kind.ENDED_UNEXPLAINED, None)

    def _on_uncancel(self, at: datetime, end: datetime) -> None:
        assert self._period_end is not None
        self.book.request_cancel(at, self._period_end, self.draws.weighted(dials.FEEDBACK))
        stays_from = self.draws.instant(at + HOUR, end - HOUR)
        offered_at = (at + (stays_from - at) / 2).replace(microsecond=0)
        is_offered = self._is_offered(saves=True)
        if is_offered:
            self.book.set_status(offered_at, Kind.RETENTION_TRIAL, "trialing")
        self.book.withdraw_cancel(stays_from)
        if is_offered:
            self._end_offer(max(offered_at, stays_from - 13 * DAY), end)

    def _is_offered(self, saves: bool) -> bool:
        """Whether who asks to leave is given free weeks: who is known to stay, more often. The French
        system can't give any.
        """
        return self.profile.country != "FR" and self.offers.chance(dials.OFFER_SHARE[saves])

    def _end_offer(self, at: datetime, limit: datetime) -> None:
        self.book.set_status(min(at + 14 * DAY, limit - HOUR), Kind.TRIAL_CONVERTED, "active")

    def _on_seats_up(self, at: datetime, end: datetime) -> None:
        item = self.book.plan_item()
        if item.price.product.per_seat:
            more = max(1, int(item.quantity) * self.draws.integer(10, 40) // 100)
            self._prorated(at, Kind.SEATS_ADDED, None, int(item.quantity) + more)
        else:
            self._on_upgrade(at, end)

    def _on_seats_down(self, at: datetime, end: datetime) -> None:
        item = self.book.plan_item()
        if item.price.product.per_seat and item.quantity > 2:
            fewer = max(1, int(item.quantity) * self.draws.integer(10, 30) // 100)
            self._prorated(at, Kind.SEATS_REMOVED, None, int(item.quantity) - fewer)

    def _on_upgrade(self, at: datetime, end: datetime) -> None:
        plan = self.book.plan_item().price.product
        higher = [product for product in LADDER if product.rank > plan.rank]
        if higher:
            seats = self._seats(higher[0])
            self._prorated(at, Kind.UPGRADED, self._price(higher[0], at), seats)

    def _on_downgrade(self, at: datetime, end: datetime) -> None:
        plan = self.book.plan_item().price.product
        lower = [product for product in LADDER if 0 < product.rank < plan.rank]
        if lower:
            self._prorated(at, Kind.DOWNGRADED, self._price(lower[-1], at), self._seats(lower[-1]))

    def _seats(self, product: Product) -> int:
        current = int(self.book.plan_item().quantity)
        return max(current, 3) if product.per_seat else 1

    def _on_to_free(self, at: datetime, end: datetime) -> None:
        for item in self.book.licensed()[1:]:
            self.book.drop(at, Kind.ADDON_REMOVED, item)
        self.book.change(at, Kind.DOWNGRADED_TO_FREE, self.book.plan_item(), self._price(FREE, at), 1)

    def _on_swap(self, at: datetime, end: datetime) -> None:
        if self.book.plan_item().price.product.rank == 1:
            self._prorated(at, Kind.PRODUCT_SWAPPED, self._price(INSIGHTS, at), 1)

    def _on_switch_interval(self, at: datetime, end: datetime) -> None:
        unit, _ = self._interval()
        if unit == "month":
            for item in self.book.live_items():
                self.book.change(
                    end,
                    Kind.INTERVAL_SWITCHED,
                    item,
                    price_at(price(item.price.product, self.book.currency, "year", 1), end, self.rises),
                )
            self._anchor = end

    def _on_switch_currency(self, at: datetime, end: datetime) -> None:
        currency = SWITCH_TO[self.book.currency]
        if end != self._period_end or self.biller.pending:
            return
        self.book.currency = currency
        self.book.log.put(
            end, Kind.CURRENCY_SWITCHED, "subscriptions", subscription_id=self.book.subscription_id,
            currency=currency,
        )  # fmt: skip
        for item in self.book.live_items():
            listed = price(item.price.product, currency, *self._interval())
            self.book.change(end, Kind.CURRENCY_SWITCHED, item, price_at(listed, end, self.rises))

    def _on_add_addon(self, at: datetime, end: datetime) -> None:
        owned = {item.price.product.product_id for item in self.book.live_items()}
        free = [addon for addon in ADDONS if addon.product_id not in owned]
        if free and self.book.plan_item().price.product is not FREE:
            self.book.add(at, Kind.ADDON_ADDED, self._price(self.draws.pick(free), at), 1)

    def _on_remove_addon(self, at: datetime, end: datetime) -> None:
        addons = [item for item in self.book.licensed() if item.price.product.is_addon]
        if addons:
            self.book.drop(at, Kind.ADDON_REMOVED, self.draws.pick(addons))

    def _on_schedule(self, at: datetime, end: datetime) -> None:
        item = self.book.plan_item()
        assert self._period_end is not None
        if item.price.product.per_seat:
            quantity = max(1, int(item.quantity) * self.draws.integer(80, 150) // 100)
            self._scheduled = (self._period_end, item, item.price, quantity)
            self.book.schedule(at, self._period_end, item, item.price, quantity)

    def _on_pause(self, at: datetime, end: datetime) -> None:
        resumes_at = at + self.draws.integer(15, 120) * DAY
        self.book.set_status(at, Kind.PAUSED, "paused", paused_at=at, resumes_at=resumes_at)
        if self.draws.chance(0.2):
            self._end(resumes_at, Kind.ENDED_UNEXPLAINED, None)
            return
        self.book.set_status(resumes_at, Kind.RESUMED, "active", paused_at=None, resumes_at=None)
        self.biller.pending.clear()
        self._anchor = resumes_at

    def _on_retention_trial(self, at: datetime, end: datetime) -> None:
        self.book.set_status(at, Kind.RETENTION_TRIAL, "trialing")
        self.book.set_status(min(at + 14 * DAY, end - HOUR), Kind.TRIAL_CONVERTED, "active")

    def _on_discount(self, at: datetime, end: datetime) -> None:
        kind = self.draws.pick((Kind.DISCOUNT_REPEATING, Kind.DISCOUNT_FOREVER, Kind.DISCOUNT_ONCE))
        self.biller.discount(at, kind, months=6 if kind is Kind.DISCOUNT_REPEATING else 0)


def plan_for(profile: Profile, draws: Draws) -> list[tuple[Price, int]]:
    """The first basket of a customer: plan, seats, interval, add-ons, metered item."""
    unit, count = draws.weighted(
        ((("month", 1), 0.3), (("quarter", 1), 0.15), (("year", 1), 0.55))
        if profile.sales_model == "high_touch"
        else ((("month", 1), 0.74), (("quarter", 1), 0.05), (("year", 1), 0.15), (("day", 14), 0.06))
    )
    plans = {
        "small": ((LADDER[0], 0.04), (LADDER[1], 0.56), (INSIGHTS, 0.08), (LADDER[2], 0.32)),
        "mid": ((LADDER[2], 0.55), (LADDER[3], 0.45)),
        "enterprise": ((LADDER[3], 0.35), (LADDER[4], 0.65)),
    }[profile.segment]
    plan = draws.weighted(plans)
    low, high = {"small": (2, 6), "mid": (4, 18), "enterprise": (8, 70)}[profile.segment]
    basket = [(price(plan, profile.currency, unit, count), draws.integer(low, high) if plan.per_seat else 1)]
    if plan.rank and draws.chance(0.15):
        basket.append((price(draws.pick(ADDONS), profile.currency, unit, count), 1))
    if plan.rank > 1 and draws.chance(0.2):
        basket.append((price(API_CALLS, profile.currency, unit, count), 1))
    return basket
