"""Lives with habits, and what looks at them tell: the oracle's own cases, by hand and by comparison."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from oracle.inputs import Policies, read_inputs
from oracle.ledger import Oracle
from oracle.looks import VENDORS, Look, every_instant, nightly_looks
from oracle.sight import seen
from orchestration.synthetic.book import Book
from orchestration.synthetic.catalogue import ANALYTICS, INSIGHTS, STARTER, price
from orchestration.synthetic.clock import utc
from orchestration.synthetic.dials import END
from orchestration.synthetic.events import Event, Kind, Log
from orchestration.synthetic.habits import HABITS, live_with_habits

POLICIES = Policies(reporting_currency="EUR")
LOOKS = [Look(at, at) for at in (utc(2025, 3, 1), utc(2025, 4, 1), utc(2025, 5, 1))]
PLAN = price(STARTER, "EUR", "month", 1)
OTHER = price(INSIGHTS, "EUR", "month", 1)
ADDON = price(ANALYTICS, "EUR", "month", 1)


def steps(events: Sequence[Event], looks: Sequence[Look], vendor: str) -> list[tuple[date, Decimal]]:
    """The days on which the only customer's MRR became another, and what it became."""
    oracle = Oracle(read_inputs(seen(events, looks, VENDORS[vendor])), POLICIES, END)
    found: list[tuple[date, Decimal]] = []
    for day in (day for days in oracle.days.values() for day in days):
        mrr = sum(day.native.values(), Decimal(0))
        if mrr != (found[-1][1] if found else 0):
            found.append((day.on, mrr))
    return found


@pytest.fixture
def book() -> Book:
    """A subscription to the Starter plan (29 a month) since 10 January 2025."""
    log, at = Log(), utc(2025, 1, 10)
    log.put(at, Kind.SIGNED_UP, "customers", customer_id="c", created_at=at)
    book = Book(log, "c", "sub", "EUR")
    book.open(at, Kind.ACTIVATED, "active", [(PLAN, 1)])
    return book


def told(book: Book) -> dict[str, list[tuple[date, int]]]:
    """What the three looks of spring tell of it, by vendor."""
    return {
        vendor: [(on, int(mrr)) for on, mrr in steps(book.log.known(END), LOOKS, vendor)]
        for vendor in ("stripe", "chargebee", "canonical")
    }


def test_a_plan_changed_by_another_item_is_one_change_at_its_date_or_at_the_look(book):
    book.replace(utc(2025, 3, 20), Kind.ITEM_REPLACED, book.plan_item(), OTHER, 1)
    dated = [(date(2025, 1, 10), 29), (date(2025, 3, 20), 79)]
    assert told(book) == {
        "stripe": dated, "canonical": dated, "chargebee": [(date(2025, 1, 10), 29), (date(2025, 4, 1), 79)],
    }  # fmt: skip


def test_an_addon_that_came_before_the_first_look_has_its_own_date_where_there_is_one(book):
    book.add(utc(2025, 2, 5), Kind.ADDON_ADDED, ADDON, 1)
    dated = [(date(2025, 1, 10), 29), (date(2025, 2, 5), 68)]
    assert told(book) == {"stripe": dated, "canonical": dated, "chargebee": [(date(2025, 1, 10), 68)]}


def test_a_discount_that_is_no_longer_listed_ended_with_the_look(book):
    book.log.put(
        utc(2025, 2, 5), Kind.DISCOUNT_FOREVER, "discounts", discount_id="d", customer_id=None, item_id=None,
        subscription_id="sub", percent_off=Decimal(100), amount_off=None, currency=None, duration="forever",
        starts_at=utc(2025, 2, 5), ends_at=None,
    )  # fmt: skip
    book.log.remove(utc(2025, 3, 20), Kind.DISCOUNT_WITHDRAWN, "discounts", discount_id="d")
    taken = [(date(2025, 1, 10), 29), (date(2025, 2, 5), 0), (date(2025, 4, 1), 29)]
    assert told(book) == dict.fromkeys(("stripe", "chargebee", "canonical"), taken)


def test_what_is_deleted_ended_with_the_look_that_lacks_it_where_the_system_deletes(book):
    book.end(utc(2025, 3, 20), Kind.SUBSCRIPTION_DELETED, None, deleted=True)
    dated = [(date(2025, 1, 10), 29), (date(2025, 3, 20), 0)]
    assert told(book) == {
        "stripe": dated, "canonical": dated, "chargebee": [(date(2025, 1, 10), 29), (date(2025, 4, 1), 0)],
    }  # fmt: skip


def test_what_was_deleted_before_the_first_look_was_never_there(book):
    book.end(utc(2025, 2, 20), Kind.SUBSCRIPTION_DELETED, None, deleted=True)
    assert told(book)["chargebee"] == []


def test_a_pause_has_a_date_in_some_systems_only(book):
    book.set_status(utc(2025, 2, 10), Kind.PAUSED, "paused", paused_at=utc(2025, 2, 10))
    undated = [(date(2025, 1, 10), 29), (date(2025, 3, 1), 0)]
    dated = [(date(2025, 1, 10), 29), (date(2025, 2, 10), 0)]
    assert told(book) == {"stripe": undated, "canonical": dated, "chargebee": dated}


def test_an_imported_subscription_has_its_past():
    log, at = Log(), utc(2025, 2, 10)
    log.put(at, Kind.SIGNED_UP, "customers", customer_id="c", created_at=at)
    imported = Book(log, "c", "sub", "EUR")
    imported.open(at, Kind.IMPORTED, "active", [(PLAN, 1)], utc(2024, 6, 1))
    assert told(imported) == {
        vendor: [(date(2024, 6, 1), 29)] for vendor in ("stripe", "chargebee", "canonical")
    }


SEEDS = [(seed, number) for seed in (1, 2) for number in range(2 * len(HABITS))]


@pytest.fixture(scope="module")
def listed(small) -> list[Event]:
    """The price list and the rates."""
    return [event for event in small.world() if event.table in ("prices", "fx_rates")]


@pytest.mark.slow
@pytest.mark.parametrize("vendor", ["canonical", "stripe", "chargebee"])
def test_looks_every_night_tell_on_which_day_everything_happened(listed, vendor):
    """What a system does not have (unpaid, discounts of customers, an item's own id) it can't tell."""
    compared = 0
    for seed, number in SEEDS:
        events = live_with_habits(seed, number, END)
        if vendor == "chargebee" and not told_by_chargebee(events):
            continue
        first = next(event.at for event in events if event.table == "subscriptions").date()
        nights = nightly_looks(first, END.date() - timedelta(days=1))
        everything = every_instant(events, END)
        assert steps([*listed, *events], nights, vendor) == steps(
            [*listed, *events], everything, "canonical"
        ), events[0].key
        compared += 1
    assert compared > len(HABITS)


def told_by_chargebee(events: Sequence[Event]) -> bool:
    """Whether nothing happened that Chargebee has no word for."""
    return not any(
        event.kind is Kind.UNPAID or (event.values.get("item_id") and event.table == "discounts")
        or (event.table == "discounts" and event.values.get("customer_id"))
        for event in events
    )  # fmt: skip


def test_every_habit_changes_somebodys_mrr(listed):
    moved = set()
    for seed, number in SEEDS:
        events = live_with_habits(seed, number, END)
        if len(steps([*listed, *events], every_instant(events, END), "canonical")) > 1:
            moved.add(HABITS[number % len(HABITS)])
    assert [habit.__name__ for habit in HABITS if habit not in moved] == []


def test_the_same_seed_lives_the_same_life_and_nothing_after_its_end():
    for number in range(len(HABITS)):
        events = live_with_habits(4, number, END)
        assert events == live_with_habits(4, number, END)
        assert all(isinstance(event.at, datetime) and event.at <= END for event in events)
