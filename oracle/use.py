"""What customers do with the product: how soon they begin, and what becomes of who did.

Section 7 of the specification of metrics, in plain loops over customers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import hypot, sqrt

from oracle.board import TENURES
from oracle.growth import trials
from oracle.inputs import RawRow, day
from oracle.ledger import ZERO
from oracle.retention import Retention, wilson


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


@dataclass(frozen=True, slots=True)
class Adoption:
    """Who used one feature in one month, and how many left in the 90 days after it."""

    users: int
    paying: int
    mrr: Decimal
    bands: Mapping[str, tuple[int, int, int, int]]
    """By tenure where users and non-users are: users, those of them lost, non-users, those lost."""
    names: Mapping[str, bool | None]
    """Of each user with MRR whether it was lost, and None of the others."""

    @property
    def compared(self) -> tuple[int, int, int]:
        """Users compared, those of them lost, and the non-users beside them."""
        users, lost, others, _ = (sum(band[place] for band in self.bands.values()) for place in range(4))
        return users, lost, others

    def non_users(self) -> tuple[float, float, float]:
        """Churn of the non-users weighted as the users' tenures are, with bounds (Zou and Donner, 2008)."""
        total, rate, below, above = self.compared[0], 0.0, 0.0, 0.0
        for users, _, others, others_lost in self.bands.values():
            weight, share, bounds = users / total, others_lost / others, wilson(others_lost, others)
            assert bounds is not None
            rate += weight * share
            below += (weight * (share - bounds[0])) ** 2
            above += (weight * (bounds[1] - share)) ** 2
        return rate, rate - sqrt(below), rate + sqrt(above)

    def difference(self) -> tuple[float, float, float]:
        """Churn of users less that of non-users, with Newcombe's bounds."""
        users, lost, _ = self.compared
        rate, bounds, (other, other_low, other_high) = lost / users, wilson(lost, users), self.non_users()
        assert bounds is not None
        gap = rate - other
        return (
            gap,
            gap - hypot(rate - bounds[0], other_high - other),
            gap + hypot(bounds[1] - rate, other - other_low),
        )


def adoption(retention: Retention, usage: Iterable[RawRow], month: date) -> dict[str, Adoption]:
    """By feature, who used it in a month."""
    oracle, last = retention.oracle, retention.oracle.closing_day(month)
    users: dict[str, set[str]] = defaultdict(set)
    for row in usage:
        on = day(row["used_on"])
        if on.replace(day=1) == month and on <= oracle.today and int(row["events"]) > 0:
            users[row["feature"]].add(row["customer_id"])
    paying = {customer: mrr for customer in oracle.days if (mrr := oracle.mrr_on(customer, last))}
    tenures = {customer: _tenure(retention, customer, month) for customer in paying}
    lost = {
        customer for customer in paying
        for event in retention.events[customer]
        if 0 < (event.on - last).days <= 90 and not event.is_short_pause
    }  # fmt: skip
    found = {}
    for feature, named in users.items():
        bands = {}
        for band in set(tenures.values()):
            those = {customer for customer in paying if tenures[customer] == band}
            using, others = those & named, those - named
            if using and others:
                bands[band] = (len(using), len(using & lost), len(others), len(others & lost))
        mrr = sum((paying[customer] for customer in named & paying.keys()), ZERO)
        names = {customer: customer in lost if customer in paying else None for customer in named}
        found[feature] = Adoption(len(named), len(named & paying.keys()), mrr, bands, names)
    return found


def _tenure(retention: Retention, customer: str, month: date) -> str:
    """The band of the calendar months from the first MRR to the month after this one."""
    began = next(move.on for move in retention.moves[customer] if move.type == "new")
    months = 12 * (month.year - began.year) + month.month - began.month + 1
    return next(band for below, band in TENURES if below is None or months < below)
