"""Who stayed in the demo company: customers who asked to leave in one month and were given free weeks.

They would have lived on in any case, so none of it moves MRR.
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
STAYERS = 6
FEEDBACK = ("too_expensive", "missing_features", "unused")


def tell_stays(customers: Iterable[list[Event]]) -> list[Event]:
    """What the billing system knows of them. `customers` are billed in Stripe."""
    log = Log()
    found = 0
    for events in customers:
        at = ASKED_FROM + found * 2 * DAY + timedelta(hours=9)
        ends = _period_end(events, at) if found < STAYERS and _is_quiet(events) else None
        if ends is not None:
            _ask(log, events, at, ends, FEEDBACK[found % len(FEEDBACK)])
            found += 1
    return log.events


def _subscription(events: list[Event]) -> str | None:
    """The only subscription of a customer who never had another."""
    names = {event.key[0] for event in events if event.table == "subscriptions"}
    return str(names.pop()) if len(names) == 1 else None


def _is_quiet(events: list[Event]) -> bool:
    """Whether its only subscription is active, and nothing happens to it or its items around the month."""
    told = [event for event in events if event.table in ("subscriptions", "subscription_items")]
    before = fold(event for event in told if event.at < QUIET_FROM).get("subscriptions", {}).values()
    return (
        _subscription(events) is not None
        and any(row["status"] == "active" and not row.get("ends_at") for row in before)
        and not any(QUIET_FROM <= event.at < QUIET_UNTIL for event in told)
    )


def _period_end(events: list[Event], at: datetime) -> datetime | None:
    """The end of the period that is billed at an instant, if it lies well after the look."""
    ends = [
        cast(datetime, row["service_end_at"])
        for row in fold(events).get("invoice_lines", {}).values()
        if row["kind"] == "recurring" and not row["is_proration"]
        and cast(datetime, row["service_start_at"]) <= at < cast(datetime, row["service_end_at"])
    ]  # fmt: skip
    return max(ends) if ends and max(ends) > SEEN_AT + 3 * DAY else None


def _ask(log: Log, events: list[Event], at: datetime, ends: datetime, feedback: str) -> None:
    """The request, the free weeks, which are over by the end of the period, and, two days after the look, the
    day on which it is taken back.
    """
    wish: Row = {"cancel_requested_at": at, "ends_at": ends, "end_feedback": feedback}
    given = at + 2 * DAY
    over = min(given + WEEKS * 7 * DAY, ends - timedelta(hours=1))
    weeks: Row = {"status": "trialing", "trial_started_at": given, "trial_ended_at": over}
    _set(log, events, at, Kind.CANCEL_REQUESTED, wish)
    _set(log, events, given, Kind.RETENTION_TRIAL, weeks)
    _set(log, events, SEEN_AT + 2 * DAY, Kind.CANCEL_WITHDRAWN, dict.fromkeys(wish))
    _set(log, events, over, Kind.TRIAL_CONVERTED, {"status": "active"})


def _set(log: Log, events: list[Event], at: datetime, kind: Kind, values: Row) -> None:
    """A change of the subscription."""
    log.put(at, kind, "subscriptions", subscription_id=_subscription(events), **values)
