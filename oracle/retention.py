"""Churn, retention and cohorts: section 6 of the specification, in plain loops over customers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from oracle.ledger import ZERO, Movement, Oracle, month_range, next_month
from oracle.payments import Dunning, dunnings, ratio

Segment = Callable[[str], str | None]
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class ChurnEvent:
    """One fall to 0, with the class that the evidence gives (1 to 4, the first that decides)."""

    customer_id: str
    on: date
    kind: str | None
    churn_class: str
    evidence: int
    reason: str | None
    feedback: str | None
    mrr_lost: Decimal
    is_short_pause: bool


@dataclass(frozen=True, slots=True)
class ChurnMonth:
    """Churn and retention of the customers that had MRR when the month (or twelve months) began."""

    month: date
    starting_customers: int
    churned_customers: int
    voluntary: int
    involuntary: int
    unknown: int
    paused: int
    churned_in_period_new: int
    starting_mrr: Decimal
    kept: Decimal
    ended: Decimal
    """MRR at the end, like that at the start at the rates of the start."""

    @property
    def customer_churn_rate(self) -> float | None:
        """Lost of the starting customers; None without any."""
        return ratio(self.churned_customers, self.starting_customers)

    @property
    def grr(self) -> float | None:
        """What is left of the starting MRR, growth left out; at most 1."""
        return ratio(self.kept, self.starting_mrr)

    @property
    def nrr(self) -> float | None:
        """What the starting customers pay at the end, of what they paid."""
        return ratio(self.ended, self.starting_mrr)

    @property
    def gross_mrr_churn_rate(self) -> float | None:
        """1 - GRR."""
        return ratio(self.starting_mrr - self.kept, self.starting_mrr)

    @property
    def net_mrr_churn_rate(self) -> float | None:
        """1 - NRR; below 0 is net negative churn."""
        return ratio(self.starting_mrr - self.ended, self.starting_mrr)


@dataclass(frozen=True, slots=True)
class CohortCell:
    """A cohort at the end of the m-th calendar month (quarter) after its own; None where that is not over."""

    cohort_start: date
    since: int
    cohort_customers: int
    cohort_mrr: Decimal
    active_customers: int | None
    retained_unbroken: int | None
    mrr: Decimal | None


def annualised(monthly: float) -> float:
    """Twelve months of the same monthly churn."""
    return 1 - (1 - monthly) ** 12


def wilson(successes: int, n: int) -> tuple[float, float] | None:
    """The Wilson 95 % bounds of a share of counts; None of nothing."""
    if not n:
        return None
    share, z2 = successes / n, Z95 * Z95
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * (share * (1 - share) / n + z2 / (4 * n * n)) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


def retention_of(start: dict[str, Decimal], end: dict[str, Decimal]) -> tuple[float | None, float | None]:
    """(GRR, NRR) of the customers in `start`, per customer and never on totals."""
    kept = sum((min(amount, end.get(customer, ZERO)) for customer, amount in start.items()), ZERO)
    total, ended = sum(start.values(), ZERO), sum((end.get(customer, ZERO) for customer in start), ZERO)
    return ratio(kept, total), ratio(ended, total)


def quick_ratio(new: Decimal, expansion: Decimal, reactivation: Decimal, contraction: Decimal,
churn: Decimal) -> float | None:  # fmt: skip
    """Growth over loss; the losses may be given with either sign."""
    return ratio(new + expansion + reactivation, abs(contraction) + abs(churn))


class Retention:
    """Churn and cohorts of one oracle; movements and months are computed once."""

    def __init__(self, oracle: Oracle) -> None:
        """Everything is for the whole company; `segment` arguments restrict it."""
        self.oracle = oracle
        self._dunnings: dict[str, list[Dunning]] = {}
        for dunning in dunnings(oracle.inputs, oracle.as_of):
            self._dunnings.setdefault(dunning.customer_id, []).append(dunning)
        self.moves = {customer: oracle.movements(customer) for customer in oracle.days}
        self.events = {customer: self._churn_events(customer) for customer in oracle.days}

    # ---- churn events and their class

    def _churn_events(self, customer_id: str) -> list[ChurnEvent]:
        moves = self.moves[customer_id]
        found = []
        for index, move in enumerate(moves):
            if move.type != "churn":
                continue
            following = next((m for m in moves[index + 1 :] if m.type in ("new", "reactivation")), None)
            limit = timedelta(days=self.oracle.policies.pause_max_days)
            short = (
                move.kind == "pause"
                and following is not None
                and following.type == "reactivation"
                and following.on - move.on <= limit
            )
            churn_class, evidence, reason, feedback = self._class(customer_id, move, following)
            found.append(
                ChurnEvent(customer_id, move.on, move.kind, churn_class, evidence, reason, feedback,
                -move.delta, short)
            )  # fmt: skip
        return found

    def _class(
        self, customer_id: str, move: Movement, following: Movement | None
    ) -> tuple[str, int, str | None, str | None]:
        subscriptions = [
            self.oracle.inputs.subscriptions[s] for s in self._fallen(customer_id, move.on)
            if s in self.oracle.inputs.subscriptions
        ]  # fmt: skip
        ended = [
            s for s in subscriptions
            if following is None or s.ended_at is None or self.oracle.local_day(s.ended_at) < following.on
        ]  # fmt: skip
        explained = [s for s in ended if s.end_reason in ("voluntary", "involuntary")]
        if explained:
            last = explained[-1]
            return str(last.end_reason), 1, last.end_reason, last.end_feedback
        cause = ended[-1] if ended else None
        # Why somebody wants to leave next year does not explain a pause that ended this year.
        told = cause if following is None or (cause is not None and cause.ended_at is not None) else None
        reason = None if told is None else told.end_reason
        feedback = None if told is None else told.end_feedback
        failed_at, exhausted = self._open_dunning(customer_id, move.on)
        requested = None if cause is None else cause.cancel_requested_at
        # A request made after the fall is about a later one: a pause may be followed by a cancellation.
        if requested is not None and self.oracle.local_day(requested) > move.on:
            requested = None
        if requested is not None and (failed_at is None or requested < failed_at):
            return "voluntary", 2, reason, feedback
        if exhausted or self._status_before(customer_id, move.on) & {"past_due", "unpaid"}:
            return "involuntary", 3, reason, feedback
        return ("paused" if move.kind == "pause" else "unknown"), 4, reason, feedback

    def _fallen(self, customer_id: str, on: date) -> list[str]:
        """The subscriptions whose MRR fell on that day, the last to fall last."""
        found: dict[str, datetime] = {}
        previous: dict[tuple[str, str], Decimal] = {}
        for change in self.oracle.changes[customer_id]:
            now = {(s.version.subscription_id, s.version.item_id): s.mrr for s in change.items}
            for key in {*previous, *now}:
                if now.get(key, ZERO) < previous.get(key, ZERO) and self.oracle.local_day(change.at) == on:
                    found[key[0]] = change.at
            previous = now
        return sorted(found, key=lambda subscription: (found[subscription], subscription))

    def _status_before(self, customer_id: str, on: date) -> set[str]:
        """The statuses of the items just before the customer's MRR fell to 0 on that day, and of that
        fall.
        """
        before: set[str] = set()
        for change in self.oracle.changes[customer_id]:
            day = self.oracle.local_day(change.at)
            if day > on:
                break
            now = {s.status for s in change.items}
            if day == on and not change.native():
                return before | (now & {"unpaid"})
            before = {s.status for s in change.items if s.mrr}
        return before

    def _open_dunning(self, customer_id: str, on: date) -> tuple[datetime | None, bool]:
        """First failed attempt of the last unpaid dunning at that day, and whether its retries ran out."""
        open_ones = [
            d for d in self._dunnings.get(customer_id, ())
            if self.oracle.local_day(d.first_failed_at) <= on
            and (d.recovered_at is None or self.oracle.local_day(d.recovered_at) > on)
        ]  # fmt: skip
        if not open_ones:
            return None, False
        last = max(open_ones, key=lambda d: (d.first_failed_at, d.invoice_id))
        return last.first_failed_at, last.is_exhausted

    # ---- rates

    def churn_month(self, month: date, months: int = 1, segment: Segment | None = None,
    value: str | None = None) -> ChurnMonth:  # fmt: skip
        """Churn over the `months` calendar months that end with `month`, for the customers of one segment
        value.
        """
        oracle = self.oracle
        first = date(
            (month.year * 12 + month.month - months) // 12,
            (month.year * 12 + month.month - months) % 12 + 1,
            1,
        )
        eve, last = first - timedelta(days=1), oracle.closing_day(month)
        counts = {"voluntary": 0, "involuntary": 0, "unknown": 0, "paused": 0}
        starting = churned = new = 0
        start_mrr = kept = ended = ZERO
        for customer in oracle.days:
            if segment is not None and segment(customer) != value:
                continue
            before, after = oracle.mrr_on(customer, eve), oracle.mrr_on(customer, last)
            inside = [e for e in self.events[customer] if eve < e.on <= last]
            if before:
                starting += 1
                start_mrr += before
                at_end = oracle.at_start_rates(customer, last, eve)
                ended, kept = ended + at_end, kept + min(before, at_end)
                if not after and inside and not inside[-1].is_short_pause:
                    churned += 1
                    counts[inside[-1].churn_class] += 1
            elif not after and inside:
                new += 1
        return ChurnMonth(
            month, starting, churned, counts["voluntary"], counts["involuntary"], counts["unknown"],
            counts["paused"], new, start_mrr, kept, ended,
        )  # fmt: skip

    # ---- cohorts

    def cohorts(self, segment: Segment | None = None, value: str | None = None,
    months: int = 1) -> list[CohortCell]:  # fmt: skip
        """The triangle of cohorts of one month (three: calendar quarters), up to the period of `as_of`."""
        members: dict[date, list[tuple[str, Movement]]] = {}
        for customer, moves in self.moves.items():
            first = next((m for m in moves if m.type == "new"), None)
            if first is not None and (segment is None or segment(customer) == value):
                start = first.on.replace(day=1, month=first.on.month - (first.on.month - 1) % months)
                members.setdefault(start, []).append((customer, first))
        return [
            cell for start, found in sorted(members.items()) for cell in self._cohort(start, months, found)
        ]

    def _cohort(self, start: date, months: int, members: list[tuple[str, Movement]]) -> Iterable[CohortCell]:
        oracle = self.oracle
        base = sum((move.delta for _, move in members), ZERO)
        for number, first in enumerate(list(month_range(start, oracle.today))[::months]):
            following = first
            for _ in range(months):
                following = next_month(following)
            if oracle.local_midnight(following) > oracle.as_of:
                yield CohortCell(start, number, len(members), base, None, None, None)
                continue
            last = following - timedelta(days=1)
            amounts = [oracle.mrr_on(customer, last) for customer, _ in members]
            unbroken = sum(
                1 for (customer, _), amount in zip(members, amounts, strict=True)
                if amount and not any(e.on <= last for e in self.events[customer])
            )  # fmt: skip
            active = sum(1 for amount in amounts if amount)
            yield CohortCell(start, number, len(members), base, active, unbroken, sum(amounts, ZERO))
