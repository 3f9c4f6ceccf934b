"""What customers do with the product: how soon they begin, and what becomes of who did.

Section 7 of the specification of metrics, in plain loops over customers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from oracle.growth import trials
from oracle.inputs import RawRow, day
from oracle.retention import Retention


@dataclass(frozen=True, slots=True)
class Start:
    """How one customer began; `retained` by days after the start, None while that day is not over."""

    started_on: date
    first_trial_on: date | None
    first_mrr_on: date | None
    first_used_on: date | None
    days: int | None
    state: str
    retained: dict[int, bool | None]


def onboarding(
    retention: Retention, usage: Iterable[RawRow], feature: str, within_days: int
) -> dict[str, Start]:
    """Every customer that ever had a trial or MRR, with its first event of the feature.

    All use is taken for delivered until `as_of`.
    """
    oracle = retention.oracle
    rows = [row for row in usage if day(row["used_on"]) <= oracle.today]
    counted_from = min(day(row["used_on"]) for row in rows)
    first_use: dict[str, date] = {}
    for row in rows:
        if row["feature"] == feature and int(row["events"]) > 0:
            known = first_use.get(row["customer_id"], date.max)
            first_use[row["customer_id"]] = min(known, day(row["used_on"]))
    paid = {customer: moves[0].on for customer, moves in retention.moves.items() if moves}
    tried: dict[str, date] = {}
    for trial in trials(oracle):
        tried[trial.customer_id] = min(tried.get(trial.customer_id, date.max), trial.started_on)
    found = {}
    for customer in {*paid, *tried}:
        began = min(on for on in (paid.get(customer), tried.get(customer)) if on is not None)
        used, last = first_use.get(customer), began + timedelta(days=within_days)
        days = None if used is None else max((used - began).days, 0)
        if last >= oracle.today:
            state = "open"
        elif days is not None and days <= within_days:
            state = "activated"
        else:
            state = "not_activated" if last >= counted_from else "unknown"
        retained = {
            after: _is_there(retention, customer, began + timedelta(days=after)) for after in (90, 180)
        }
        found[customer] = Start(began, tried.get(customer), paid.get(customer), used, days, state, retained)
    return found


def _is_there(retention: Retention, customer: str, on: date) -> bool | None:
    """Whether a customer has MRR at the end of a day, or pauses shortly; None while the day is not over."""
    if on >= retention.oracle.today:
        return None
    moves = [move for move in retention.moves.get(customer, ()) if move.on <= on]
    if not moves or moves[-1].after:
        return bool(moves)
    return any(event.on == moves[-1].on and event.is_short_pause for event in retention.events[customer])
