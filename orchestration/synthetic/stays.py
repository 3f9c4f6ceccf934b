"""Who stayed in the demo company: customers who asked to leave in one month and were given free weeks.

Most live on as they would have; some ask again, as they would have in any case, and go. None of it moves MRR.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import cast

from orchestration.synthetic.clock import utc
from orchestration.synthetic.events import Event, Kind, Log, Row, fold

DAY = timedelta(days=1)
ASKED_FROM, SEEN_AT = utc(2025, 2, 10), utc(2025, 3, 1)
"""They ask from then on, and the look at the subscriptions of the month's end shows that they have."""
WEEKS = 4
QUIET_FROM, QUIET_UNTIL = utc(2025, 1, 20), utc(2025, 6, 10)
LEFT_BY = utc(2025, 5, 1)
STAYERS, LEAVERS = 6, 2
FEEDBACK = ("too_expensive", "missing_features", "unused")


def tell_stays(customers: Iterable[list[Event]]) -> list[Event]:
    """What the billing system knows of them. `customers` are billed in Stripe."""
    log = Log()
    left = {"stays": STAYERS, "leaves": LEAVERS}
    for events in customers:
        fate, quiet_until = _fate(events)
        at = ASKED_FROM + (STAYERS + LEAVERS - sum(left.values())) * 2 * DAY + timedelta(hours=9)
        ends = _period_end(events, at)
        if left.get(fate) and ends is not None:
            left[fate] -= 1
            _ask(log, events, at, ends, min(ends, quiet_until))
    return log.events


def _subscription(events: list[Event]) -> str | None:
    """The only subscription of a customer who never had another."""
    names = {event.key[0] for event in events if event.table == "subscriptions"}
    return str(names.pop()) if len(names) == 1 else None


def _fate(events: list[Event]) -> tuple[str, datetime]:
    """Whether an active subscriber stays or soon leaves by itself, and until when nothing is told of it."""
    told = [event for event in events if event.table in ("subscriptions", "subscription_items")]
    before = fold(event for event in told if event.at < QUIET_FROM).get("subscriptions", {}).values()
    is_active = any(row["status"] == "active" and not row.get("ends_at") for row in before)
    after = [event.at for event in told if event.at >= QUIET_FROM]
    quiet_until = min(after, default=QUIET_UNTIL)
    has_left = any(
        QUIET_FROM <= event.at < LEFT_BY and event.values.get("status") == "ended" for event in told
    )
    if _subscription(events) is None or not is_active or quiet_until < SEEN_AT + 7 * DAY:
        return "other", quiet_until
    return "leaves" if has_left else "stays" if quiet_until >= QUIET_UNTIL else "other", quiet_until


def _period_end(events: list[Event], at: datetime) -> datetime | None:
    """The end of the period that is billed at an instant, if it lies well after the look."""
    ends = [
        cast(datetime, row["service_end_at"])
        for row in fold(events).get("invoice_lines", {}).values()
        if row["kind"] == "recurring" and not row["is_proration"]
        and cast(datetime, row["service_start_at"]) <= at < cast(datetime, row["service_end_at"])
    ]  # fmt: skip
    return max(ends) if ends and max(ends) > SEEN_AT + 3 * DAY else None


def _ask(log: Log, events: list[Event], at: datetime, ends: datetime, limit: datetime) -> None:
    """The request, the free weeks, and two days after the look the day on which it is taken back."""
    feedback = FEEDBACK[at.day // 2 % len(FEEDBACK)]
    wish: Row = {"cancel_requested_at": at, "ends_at": ends, "end_feedback": feedback}
    _set(log, events, at, Kind.CANCEL_REQUESTED, wish)
    _give(log, events, at + 2 * DAY, limit)
    _set(log, events, SEEN_AT + 2 * DAY, Kind.CANCEL_WITHDRAWN, dict.fromkeys(wish))


def _give(log: Log, events: list[Event], at: datetime, limit: datetime) -> None:
    """Free weeks, which are over before anything else happens."""
    over = min(at + WEEKS * 7 * DAY, limit - timedelta(hours=1))
    weeks: Row = {"status": "trialing", "trial_started_at": at, "trial_ended_at": over}
    _set(log, events, at, Kind.RETENTION_TRIAL, weeks)
    _set(log, events, over, Kind.TRIAL_CONVERTED, {"status": "active"})


def _set(log: Log, events: list[Event], at: datetime, kind: Kind, values: Row) -> None:
    """A change of the subscription."""
    log.put(at, kind, "subscriptions", subscription_id=_subscription(events), **values)
