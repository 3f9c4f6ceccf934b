"""What billing systems let happen to a subscription: lives in which it does, one or more habits a life.

The customers of `life.py` never do this, so that the company and its figures stay as they are. Every life
draws from the seed and its own number alone; `HABITS` in turn give each life its first habit.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from orchestration.synthetic.billing import DAY, HOUR
from orchestration.synthetic.book import Book
from orchestration.synthetic.catalogue import (
    ADDONS,
    BUSINESS,
    FACTOR,
    GROWTH,
    INSIGHTS,
    STARTER,
    TEAM,
    Product,
    money,
    price,
)
from orchestration.synthetic.draws import Draws
from orchestration.synthetic.events import Event, Kind, Log
from orchestration.synthetic.story import Story

PLANS = (STARTER, TEAM, INSIGHTS, GROWTH, BUSINESS)
CREDITS = Product("credits", "Credits", Decimal(25), 1, per_seat=True)
LONGEST_LIFE = 150 * DAY
LATELY = 45 * DAY
"""How far before the end most of it happens."""


# ---- items


def item_replaced(story: Story, at: datetime, until: datetime) -> None:
    """The plan becomes another, as another item."""
    plan = story.book.plan_item()
    product = story.draws.pick([one for one in PLANS if one is not plan.price.product])
    story.book.replace(at, Kind.ITEM_REPLACED, plan, story.price(product), story.seats(product))


def plan_changed(story: Story, at: datetime, until: datetime) -> None:
    """The plan becomes another, and the item stays where the system keeps it."""
    plan = story.book.plan_item()
    product = story.draws.pick([one for one in PLANS if one is not plan.price.product])
    story.book.change(at, Kind.UPGRADED, plan, story.price(product), story.seats(product))


def addon_later(story: Story, at: datetime, until: datetime) -> None:
    """An add-on comes to a subscription that runs; half of them go again."""
    owned = {item.price.product for item in story.book.live_items()}
    free = [addon for addon in ADDONS if addon not in owned]
    if free:
        story.book.add(at, Kind.ADDON_ADDED, story.price(story.draws.pick(free)), 1)
        if story.draws.chance(0.5):
            item = story.book.live_items()[-1]
            story.book.drop(story.between(at, until), Kind.ADDON_REMOVED, item)


def swapped(story: Story, at: datetime, until: datetime) -> None:
    """The plan and all add-ons change places with others in one instant."""
    addons = [item for item in story.book.licensed() if item.price.product.is_addon]
    item_replaced(story, at, until)
    for item in addons:
        story.book.drop(at, Kind.ADDON_REMOVED, item)
    other = [addon for addon in ADDONS if addon not in {item.price.product for item in addons}]
    if other:
        story.book.add(at, Kind.ADDON_ADDED, story.price(other[0]), 1)


def same_second(story: Story, at: datetime, until: datetime) -> None:
    """Somebody clicks: three quantities, or a new item and its quantity, in one second."""
    if story.draws.chance(0.4):
        item_replaced(story, at, until)
    plan = story.book.plan_item()
    for _ in range(3):
        story.book.change(at, Kind.CHANGED_AGAIN, plan, None, story.draws.integer(1, 30))


def scheduled(story: Story, at: datetime, until: datetime) -> None:
    """Another quantity is announced, and comes."""
    plan, effective, quantity = story.book.plan_item(), story.between(at, until), story.draws.integer(1, 30)
    story.book.schedule(at, effective, plan, plan.price, quantity)
    story.book.change(effective, Kind.CHANGE_SCHEDULED, plan, None, quantity)


# ---- prices


def packages(story: Story, at: datetime, until: datetime) -> None:
    """Units are sold by the ten."""
    plain = story.price(CREDITS)
    pack = replace(plain, price_id=f"price_pack_{story.number}_{story.unit}", package_size=10)
    story.list_price(
        at, Kind.LISTED, pack, package_size=Decimal(10), package_rounding="up",
    )  # fmt: skip
    quantity = story.draws.integer(11, 60)
    story.book.replace(at, Kind.ITEM_REPLACED, story.book.plan_item(), pack, quantity)


def paid_in_an_option(story: Story, at: datetime, until: datetime) -> None:
    """One price for all currencies: what is listed in euros is paid in the customer's own."""
    price_id = f"price_world_{story.number}_{story.unit}"
    listed = replace(price(INSIGHTS, "EUR", story.unit, 1), price_id=price_id)
    own = replace(story.price(INSIGHTS), price_id=price_id)
    options = None
    if own.currency != listed.currency:
        options = json.dumps([{"currency": own.currency, "unit_amount": str(own.unit_amount)}])
    story.list_price(at, Kind.LISTED, listed, currency_options=options)
    story.book.replace(at, Kind.ITEM_REPLACED, story.book.plan_item(), own, story.draws.integer(1, 5))


def legacy_price(story: Story, at: datetime, until: datetime) -> None:
    """A price of its own by volume, whose tiers change; half of them leave the list, and are still paid."""
    price_id = f"price_legacy_{story.number}_{story.unit}"
    first = story.price_by_volume(price_id)
    story.list_price(at, Kind.LISTED, first)
    story.book.replace(at, Kind.ITEM_REPLACED, story.book.plan_item(), first, story.draws.integer(2, 30))
    item, later = story.book.plan_item(), story.between(at, until)
    if story.draws.chance(0.5):
        story.log.remove(later, Kind.PRICE_DELETED, "prices", price_id=price_id)
    else:
        second = story.price_by_volume(price_id)
        story.list_price(later, Kind.PRICE_CHANGED, second)
        story.book.change(later, Kind.PRICE_CHANGED, item, second)


# ---- discounts


def discount_withdrawn(story: Story, at: datetime, until: datetime) -> None:
    """A discount is given, and taken away."""
    story.give(at)
    story.withdraw(story.between(at, until))


def discount_changed(story: Story, at: datetime, until: datetime) -> None:
    """A discount takes off something else from some day on."""
    discount, currency = story.give(at), story.book.currency
    later, ends_at = story.between(at, until), discount["ends_at"]
    if isinstance(ends_at, datetime) and ends_at <= later:
        return
    if discount["percent_off"] is not None:
        discount["percent_off"] = Decimal(story.draws.integer(1, 9) * 5)
    else:
        base = Decimal(story.draws.integer(13, 20))
        discount["amount_off"] = money(base * FACTOR[currency], currency)
        if "listed_amount" in discount:
            discount["listed_amount"] = base
    story.log.put(later, Kind.DISCOUNT_CHANGED, "discounts", **discount)


def discount_bound(story: Story, at: datetime, until: datetime) -> None:
    """A coupon for one add-on leaves the plan alone."""
    addons = [item for item in story.book.licensed() if item.price.product.is_addon]
    if not addons:
        story.book.add(at, Kind.ADDON_ADDED, story.price(story.draws.pick(ADDONS)), 1)
        addons = [story.book.live_items()[-1]]
    bound = addons[0].price
    story.give(at + HOUR, product_ids=bound.product.product_id, bound_price_id=bound.price_id)


def discount_on_item(story: Story, at: datetime, until: datetime) -> None:
    """A discount on the plan's item, whatever becomes of that."""
    item = story.book.plan_item()
    story.give(at, item_id=item.item_id, bound_price_id=item.price.price_id)


def discount_of_customer(story: Story, at: datetime, until: datetime) -> None:
    """One on the customer, beside that of the subscription; half of them are taken away."""
    given = story.grant(at, customer_id=story.book.customer_id, subscription_id=None)
    later, ends_at = story.between(at, until), given["ends_at"]
    if story.draws.chance(0.5) and not (isinstance(ends_at, datetime) and ends_at <= later):
        story.log.remove(
            later, Kind.DISCOUNT_WITHDRAWN, "discounts", discount_id=given["discount_id"]
        )  # fmt: skip


# ---- standings


def paused(story: Story, at: datetime, until: datetime) -> None:
    """A pause, of which most come back."""
    back = story.between(at, until)
    story.book.set_status(at, Kind.PAUSED, "paused", paused_at=at, resumes_at=back)
    if story.draws.chance(0.7):
        story.book.set_status(back, Kind.RESUMED, "active", paused_at=None, resumes_at=None)
    else:
        story.over = True


def late(story: Story, at: datetime, until: datetime) -> None:
    """Past due, and paid after all; or unpaid, and ended for it."""
    then = story.between(at, until)
    story.book.set_status(at, Kind.PAST_DUE, "past_due", due_since=at)
    if story.draws.chance(0.5):
        story.book.set_status(then, Kind.RECOVERED, "active", due_since=None)
        return
    story.book.set_status(then, Kind.UNPAID, "unpaid")
    if story.draws.chance(0.5):
        ended_at = story.between(then, until + 3 * HOUR)
        story.book.end(ended_at, Kind.ENDED_INVOLUNTARILY, "involuntary", due_since=None)
    story.over = True


def free_weeks(story: Story, at: datetime, until: datetime) -> None:
    """A trial inside a paid life."""
    ends = story.between(at, until)
    story.book.set_status(at, Kind.RETENTION_TRIAL, "trialing", trial_started_at=at, trial_ended_at=ends)
    story.book.set_status(ends, Kind.TRIAL_CONVERTED, "active")


def cancelled(story: Story, at: datetime, until: datetime) -> None:
    """Asked for, and effective later."""
    ends = story.between(at, until)
    story.book.request_cancel(at, ends, "unused")
    story.book.end(ends, Kind.ENDED_VOLUNTARILY, "voluntary")
    story.over = True


def deleted(story: Story, at: datetime, until: datetime) -> None:
    """A running subscription is deleted, where the system has such a verb; half of them with the customer."""
    story.book.end(at, Kind.SUBSCRIPTION_DELETED, None, deleted=True)
    if story.draws.chance(0.5):
        story.log.remove(at, Kind.CUSTOMER_DELETED, "customers", customer_id=story.book.customer_id)
    story.over = True


Habit = Callable[[Story, datetime, datetime], None]
HABITS: tuple[Habit, ...] = (
    item_replaced, plan_changed, addon_later, swapped, same_second, scheduled, packages, paid_in_an_option,
    legacy_price, discount_withdrawn, discount_changed, discount_bound, discount_on_item,
    discount_of_customer, paused, late, free_weeks, cancelled, deleted,
)  # fmt: skip
ENDINGS: frozenset[Habit] = frozenset({cancelled, deleted, late})


def live_with_habits(seed: int, number: int, end: datetime) -> list[Event]:
    """All events of customer `number` with habits up to `end`, in order."""
    draws = Draws(seed, "habits", number)
    currency = draws.weighted((("EUR", 0.6), ("USD", 0.3), ("JPY", 0.1)))
    unit = draws.weighted((("month", 0.7), ("quarter", 0.1), ("year", 0.2)))
    name = HABITS[number % len(HABITS)].__name__
    customer_id = f"cus_{name}_{number}"
    book = Book(Log(), customer_id, f"sub_{name}_{number}", currency)
    story = Story(number, book, draws, unit)
    at = draws.instant(end - LONGEST_LIFE, end - LATELY / 3)
    story.sign_up(at)
    moments = _moments(story, _open(story, at), end)
    habits = _drawn(story, number, len(moments) - 1)
    for habit, start, until in zip(habits, moments, moments[1:], strict=False):
        if not story.over:
            habit(story, start, until)
    story.withdraw(end + LONGEST_LIFE)
    return book.log.known(end)


def _moments(story: Story, active_from: datetime, end: datetime) -> list[datetime]:
    """When its habits begin, at least a day apart, most of them lately; the last is the end."""
    draws, earliest = story.draws, active_from + DAY
    found = sorted(
        draws.instant(max(earliest, end - LATELY if draws.chance(0.75) else earliest), end - 3 * DAY)
        for _ in range(draws.integer(1, 4))
        if earliest < end - 3 * DAY
    )
    apart = [at for n, at in enumerate(found) if not n or at - found[n - 1] > DAY]
    return [*apart, end]


def _drawn(story: Story, number: int, count: int) -> list[Habit]:
    """Its own habit among others; what ends a life comes last."""
    own = HABITS[number % len(HABITS)]
    others = [story.draws.pick([habit for habit in HABITS if habit not in ENDINGS]) for _ in range(count - 1)]
    place = count - 1 if own in ENDINGS else story.draws.integer(0, max(count - 1, 0))
    return [*others[:place], own, *others[place:]] if count else []


def _open(story: Story, at: datetime) -> datetime:
    """Open the subscription: on trial, with a past, or plainly; from when on it is paid."""
    draws, book = story.draws, story.book
    product = draws.pick(PLANS)
    basket = [(story.price(product), story.seats(product))]
    if draws.chance(0.4):
        basket.append((story.price(draws.pick(ADDONS)), 1))
    collection = "charge_automatically"
    luck = draws.unit()
    if luck < 0.2:
        ends = at + 14 * DAY
        book.open(
            at, Kind.TRIAL_WITH_CARD, "trialing", basket, trial_started_at=at, trial_ended_at=ends,
            card_on_file_at_start=True, collection_method=collection,
        )  # fmt: skip
        book.set_status(ends, Kind.TRIAL_CONVERTED, "active")
        return ends
    if luck < 0.45:
        started_at = at - draws.integer(20, 200) * DAY
        book.open(at, Kind.IMPORTED, "active", basket, started_at, collection_method=collection)
    else:
        book.open(at, Kind.ACTIVATED, "active", basket, collection_method=collection)
    return at
