"""The forecast of MRR and its backtest, in plain loops over what was told: section 7 of the specification.

A chain-ladder by hand: cohorts as rows, ages as columns, one factor for each band of ages, from the last
twelve diagonals. Months are counted from year 0 (year x 12 + month - 1); money is in floats in the reporting
currency.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

Segment = tuple[str, str]
ALL: Segment = ("all", "all")
HORIZONS = range(1, 13)
_CREDIBLE = 100
_ZERO = Decimal(0)
_DAMPING = 0.9
_MOST_CHANGE = 0.5
_NOISE = 0.3


@dataclass(frozen=True, slots=True)
class Telling:
    """What became of a customer on a plan in a month, and the month that was told in (native money)."""

    customer_id: str
    plan: str
    currency: str
    month: int
    told: int
    delta: Decimal
    committed_delta: Decimal


@dataclass(frozen=True, slots=True)
class Forecast:
    """The MRR expected at one horizon, its parts, and what the three-month rule says; NULL is None."""

    origin_mrr: Decimal
    reason: str | None
    kept: Decimal | None = None
    expansion: Decimal | None = None
    new: Decimal | None = None
    known: Decimal | None = None
    adjustment: Decimal | None = None
    expected: Decimal | None = None
    rule: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(slots=True)
class _Cohort:
    """One cohort of a segment as known at an origin: each amount by month, in the reporting currency."""

    delta: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    gained: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    lost: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    pending: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    over: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    over_and_lost: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    customers: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def mrr(self, month: int) -> float:
        """MRR at the end of a month."""
        return sum(amount for at, amount in self.delta.items() if at <= month)

    def open_requests(self, month: int) -> float:
        """MRR whose end was asked for, at the end of a month."""
        return sum(amount for at, amount in self.pending.items() if at <= month)

    def payers(self, month: int) -> int:
        """Customers with MRR at the end of a month."""
        return sum(count for at, count in self.customers.items() if at <= month)


@dataclass(frozen=True, slots=True)
class _Rates:
    """What a month changes of MRR, as a share of it, and what losses alone do."""

    change: float
    loss: float


@dataclass(frozen=True, slots=True)
class Factor:
    """What a month makes of the MRR of one band of ages, with and without gains, and what is of it now."""

    weight: float
    kept: float
    development: float
    mrr: Decimal


def band(age: int) -> int:
    """Ages that develop alike."""
    if age == 0:
        return 0
    if age % 12 == 11:
        return {11: 3, 23: 5}.get(age, 7)
    return 1 if age <= 3 else 2 if age < 11 else 4 if age < 23 else 6


class Forecasts:
    """All forecasts of a company, by origin month, segment and horizon."""

    def __init__(
        self,
        tellings: Iterable[Telling],
        cohorts: Mapping[str, int],
        sales_models: Mapping[str, str],
        rate: Callable[[str, int], float],
        first_month: int,
        last_month: int,
        min_n: int,
    ) -> None:
        """`cohorts` and `sales_models` are by customer; `rate` is that of a currency at a month's end."""
        self._rate, self._first, self._last, self._min_n = rate, first_month, last_month, min_n
        self._cohorts = cohorts
        self._changes = _by_segment([t for t in tellings if t.customer_id in cohorts], sales_models)
        self.rows: dict[tuple[int, Segment, int], Forecast] = {}
        self.factors: dict[tuple[int, Segment, int], Factor] = {}
        origins = [m for m in range(first_month, last_month + 1) if m >= first_month + 11 or m == last_month]
        for origin in origins:
            self._forecast(origin)
            self._reconcile(origin)
        self._add_ranges()

    # ---- what was known

    def _known(self, segment: Segment, origin: int) -> dict[int, _Cohort]:
        found: dict[int, _Cohort] = defaultdict(_Cohort)
        balances: dict[str, Decimal] = defaultdict(Decimal)
        for change in self._changes[segment]:
            before = balances[change.customer_id]
            balances[change.customer_id] += change.delta
            if change.told > origin or change.month > origin:
                continue
            cohort, rate = found[self._cohorts[change.customer_id]], self._rate(change.currency, origin)
            pending = change.delta - change.committed_delta
            cohort.delta[change.month] += float(change.delta) * rate
            cohort.gained[change.month] += float(max(change.delta, _ZERO)) * rate
            cohort.lost[change.month] += float(min(change.delta, _ZERO)) * rate
            cohort.pending[change.month] += float(pending) * rate
            cohort.over[change.month] += float(min(pending, _ZERO)) * rate
            if change.delta < 0:
                cohort.over_and_lost[change.month] += float(min(pending, _ZERO)) * rate
            cohort.customers[change.month] += (balances[change.customer_id] > 0) - (before > 0)
        return found

    # ---- the ladder

    def _weight(self, customer_months: int) -> float:
        return 0.0 if customer_months < self._min_n else customer_months / (customer_months + _CREDIBLE)

    def _measured(self, cohorts: Mapping[int, _Cohort], origin: int) -> dict[int, tuple[float, _Rates]]:
        """By band: the weight of what was seen in the last twelve months, and the rates."""
        sums: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
        for first, cohort in cohorts.items():
            for month in range(max(first + 1, origin - 11), origin + 1):
                entry = sums[band(month - 1 - first)]
                entry[0] += cohort.mrr(month - 1)
                entry[1] += cohort.gained[month] + cohort.lost[month]
                entry[2] += cohort.lost[month]
                entry[3] += cohort.payers(month - 1)
        return {
            at: (self._weight(int(payers)), _Rates(_changed(change, mrr), _changed(lost, mrr)))
            for at, (mrr, change, lost, payers) in sums.items()
        } | {-1: self._all_ages(sums)}

    def _all_ages(self, sums: Mapping[int, Sequence[float]]) -> tuple[float, _Rates]:
        mrr, change, lost, payers = (
            sum(entry[part] for at, entry in sums.items() if at > 0) for part in range(4)
        )
        weight = self._weight(int(payers))
        return 1.0, _Rates(weight * _changed(change, mrr), weight * _changed(lost, mrr))

    def _factors(
        self, cohorts: Mapping[int, _Cohort], origin: int, company: Mapping[int, _Rates] | None
    ) -> dict[int, _Rates]:
        """By band; a segment leans on the company's, the company on all its ages."""
        measured = self._measured(cohorts, origin)
        found = {}
        for at in range(8):
            weight, own = measured.get(at, (0.0, _Rates(0.0, 0.0)))
            other = company[at] if company is not None else measured[-1][1]
            found[at] = _Rates(
                weight * own.change + (1 - weight) * other.change,
                weight * own.loss + (1 - weight) * other.loss,
            )
        return found

    def _note_factors(
        self, cohorts: Mapping[int, _Cohort], origin: int, segment: Segment, factors: Mapping[int, _Rates]
    ) -> None:
        measured = self._measured(cohorts, origin)
        mrr: dict[int, float] = defaultdict(float)
        for first, cohort in cohorts.items():
            mrr[band(origin - first)] += cohort.mrr(origin)
        for at, rates in factors.items():
            weight, _ = measured.get(at, (0.0, rates))
            self.factors[origin, segment, at] = Factor(
                weight, 1 + rates.loss, 1 + rates.change, _money(mrr[at])
            )

    # ---- one origin

    def _forecast(self, origin: int) -> None:
        everyone = self._known(ALL, origin)
        if not everyone:
            return
        company = self._factors(everyone, origin, None)
        over_rate, lost_share = _fate_of_requests(everyone, origin)
        first_cohort = min(everyone)
        for segment in self._changes:
            cohorts = everyone if segment == ALL else self._known(segment, origin)
            if not cohorts:
                continue
            factors = company if segment == ALL else self._factors(cohorts, origin, company)
            self._note_factors(cohorts, origin, segment, factors)
            mrr = sum(cohort.mrr(origin) for cohort in cohorts.values())
            reason = self._reason(everyone, cohorts, origin)
            arriving = _arriving(cohorts, origin, min(24, origin - first_cohort))
            for horizon in HORIZONS:
                lost = lost_share * (1 - (1 - over_rate) ** horizon)
                known = self._scheduled(segment, origin, horizon) - lost * sum(
                    cohort.open_requests(origin) for cohort in cohorts.values()
                )
                kept, grown = _developed(cohorts, origin, horizon, factors)
                parts = [
                    _money(kept + lost * mrr * _usual_requests(cohorts, origin)),
                    _money(grown - kept),
                    _money(_arrived(arriving, horizon, factors)),
                    _money(known),
                ]
                parts[3] = max(parts[3], -sum(parts[:3], _ZERO))
                rule = _money(_three_month_rule(cohorts, origin, horizon, mrr))
                if reason:
                    self.rows[origin, segment, horizon] = Forecast(_money(mrr), reason)
                    continue
                self.rows[origin, segment, horizon] = Forecast(
                    _money(mrr),
                    None,
                    kept=parts[0],
                    expansion=parts[1],
                    new=parts[2],
                    known=parts[3],
                    expected=max(sum(parts, _ZERO), _ZERO),
                    rule=rule,
                )

    def _reason(
        self, everyone: Mapping[int, _Cohort], cohorts: Mapping[int, _Cohort], origin: int
    ) -> str | None:
        if origin - self._first < 11:
            return "short_history"
        is_enough = _payers(everyone, origin) >= self._min_n and _payers(cohorts, origin) > 0
        return None if is_enough else "few_customers"

    def _scheduled(self, segment: Segment, origin: int, horizon: int) -> float:
        return sum(
            float(change.committed_delta) * self._rate(change.currency, origin)
            for change in self._changes[segment]
            if change.told <= origin < change.month <= origin + horizon
        )

    # ---- segments that add up

    def _reconcile(self, origin: int) -> None:
        """Each type's segments in order: what the company expects up to there, by their share of all."""
        for kind in {kind for kind, _ in self._changes}:
            for horizon in HORIZONS:
                keys = [(origin, segment, horizon) for segment in sorted(self._changes) if segment[0] == kind]
                told = [key for key in keys if key in self.rows and self.rows[key].expected is not None]
                if not told:
                    continue
                weights = [self.rows[key].expected or _ZERO for key in told]
                if not any(weights):
                    weights = [Decimal(1) for _ in told]
                company, whole = self.rows[origin, ALL, horizon].expected, sum(weights, _ZERO)
                given = _ZERO
                for number, key in enumerate(told, start=1):
                    row, upto = self.rows[key], sum(weights[:number], _ZERO)
                    assert company is not None and row.expected is not None
                    due = company
                    if upto != whole:
                        due = min(_money(float(company) * float(upto) / float(whole)), company)
                    self.rows[key] = _with(row, adjustment=due - given - row.expected, expected=due - given)
                    given = due

    # ---- ranges

    def _add_ranges(self) -> None:
        errors: dict[Segment, list[_Error]] = defaultdict(list)
        for (origin, segment, horizon), row in self.rows.items():
            came = self.rows.get((origin + horizon, segment, 1))
            if row.expected and came is not None:
                missed = float(came.origin_mrr - row.expected)
                errors[segment].append(_Error(origin, horizon, float(row.expected), missed))
        for (origin, segment, horizon), row in list(self.rows.items()):
            if row.expected is None:
                continue
            half = _half_range(errors[segment], origin, horizon, float(row.expected))
            self.rows[origin, segment, horizon] = (
                _with(row, reason="few_errors")
                if half is None
                else _with(row, low=max(row.expected - half, _ZERO), high=row.expected + half)
            )


@dataclass(frozen=True, slots=True)
class _Error:
    """What came less what was expected over that many months."""

    origin: int
    horizon: int
    expected: float
    missed: float


def _half_range(errors: Sequence[_Error], origin: int, horizon: int, expected: float) -> Decimal | None:
    """Four of five errors of the last year's months, each as large as it would be in this forecast."""
    seen = [e for e in errors if origin - 12 < e.origin + e.horizon <= origin]
    own = [e for e in seen if e.horizon == horizon]
    used = own if len(own) >= 6 else seen
    if not expected or len(used) < 6:
        return None
    shares = [e.missed / e.expected for e in used]
    one_sided = _share(sum(shares), sum(abs(share) for share in shares)) ** 2
    by_size, by_horizon = 0.5 + 0.5 * one_sided, 0.6 + 0.6 * one_sided
    scores = sorted(
        abs(e.missed) * min(expected / e.expected, 10) ** by_size * (horizon / e.horizon) ** by_horizon
        for e in used
    )
    rank = 0.8 * (len(scores) + 1)
    lower, upper = scores[int(rank) - 1], scores[min(int(rank), len(scores) - 1)]
    return _money(lower + (rank - int(rank)) * (upper - lower))


def _payers(cohorts: Mapping[int, _Cohort], origin: int) -> int:
    return sum(cohort.payers(origin) for cohort in cohorts.values())


def _by_segment(tellings: Sequence[Telling], sales_models: Mapping[str, str]) -> dict[Segment, list[Telling]]:
    """The changes of each segment's customers, one a customer, currency, month and month of telling."""
    sums: dict[Segment, dict[tuple[str, int, int, str], list[Decimal]]] = defaultdict(
        lambda: defaultdict(lambda: [Decimal(0), Decimal(0)])
    )
    for t in tellings:
        for segment in (ALL, ("plan", t.plan), ("sales_model", sales_models[t.customer_id])):
            entry = sums[segment][t.customer_id, t.month, t.told, t.currency]
            entry[0] += t.delta
            entry[1] += t.committed_delta
    return {
        segment: [
            Telling(customer, segment[1], currency, month, told, delta, committed)
            for (customer, month, told, currency), (delta, committed) in sorted(found.items())
        ]
        for segment, found in sums.items()
    }


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _changed(part: float, whole: float) -> float:
    """A share that is no more than all lost."""
    return max(_share(part, whole), -1.0)


def _money(amount: float) -> Decimal:
    """Four decimals of eight: what is half of the last one is so in spite of the float."""
    exact = Decimal(repr(amount)).quantize(Decimal("0.00000001"), ROUND_HALF_UP)
    return exact.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _with(row: Forecast, **changed: Decimal | str | None) -> Forecast:
    values = {name: getattr(row, name) for name in Forecast.__slots__}
    return Forecast(**(values | changed))


def _fate_of_requests(cohorts: Mapping[int, _Cohort], origin: int) -> tuple[float, float]:
    """The share of open cancel requests that is over in a month, and the share of it that was lost."""
    months = range(origin - 11, origin + 1)
    over = -sum(cohort.over[month] for cohort in cohorts.values() for month in months)
    lost = -sum(cohort.over_and_lost[month] for cohort in cohorts.values() for month in months)
    waiting = sum(
        cohort.open_requests(month - 1)
        for first, cohort in cohorts.items() for month in months if month >= first
    )  # fmt: skip
    return min(over / waiting, 1.0) if waiting else 1.0, lost / over if over else 1.0


def _usual_requests(cohorts: Mapping[int, _Cohort], origin: int) -> float:
    """The share of MRR that was under a cancel request, over the beginnings of the last twelve months."""
    months = range(origin - 12, origin)
    waiting = sum(cohort.open_requests(month) for cohort in cohorts.values() for month in months)
    return _share(waiting, sum(cohort.mrr(month) for cohort in cohorts.values() for month in months))


def _developed(
    cohorts: Mapping[int, _Cohort], origin: int, horizon: int, factors: Mapping[int, _Rates]
) -> tuple[float, float]:
    """What the customers of the origin pay by then: after losses alone, and all in all."""
    kept = grown = 0.0
    for first, cohort in cohorts.items():
        steps = [factors[band(origin - first + step)] for step in range(horizon)]
        kept += cohort.mrr(origin) * math.prod(1 + step.loss for step in steps)
        grown += cohort.mrr(origin) * math.prod(1 + step.change for step in steps)
    return kept, grown


def _arrived(arriving: Sequence[float], horizon: int, factors: Mapping[int, _Rates]) -> float:
    """What those who come from the origin on pay by then."""
    return sum(
        mrr * math.prod(1 + factors[band(age)].change for age in range(horizon - month))
        for month, mrr in enumerate(arriving[:horizon], start=1)
    )


def _arriving(cohorts: Mapping[int, _Cohort], origin: int, months: int) -> list[float]:
    """The MRR that the customers of each of the next twelve months will have at its end."""
    came = [cohorts[m].delta[m] if m in cohorts else 0.0 for m in range(origin - months + 1, origin + 1)]
    year = came[-12:]
    if not year:
        return [0.0] * 12
    level, trend = sum(year) / len(year), _trend(came)
    fading = [sum(_DAMPING**step for step in range(1, horizon + 1)) for horizon in HORIZONS]
    seasons = _seasons(came, trend) if months == 24 else [0.0] * 12
    expected = [level + trend * ((len(year) - 1) / 2 + faded) for faded in fading]
    return [
        min(max(mrr, level * (1 - _MOST_CHANGE)), level * (1 + _MOST_CHANGE)) * max(1 + season, 0.0)
        for mrr, season in zip(expected, seasons, strict=True)
    ]


def _trend(came: Sequence[float]) -> float:
    """By how much more comes each month, as far as it stands out of the noise."""
    count = len(came)
    if count == 24:
        steps = [later - earlier for earlier, later in zip(came[:12], came[12:], strict=True)]
        mean = sum(steps) / 12
        slope, variance = mean / 12, sum((step - mean) ** 2 for step in steps) / 11 / 12 / 144
    elif count > 2:
        middle, mean = (count - 1) / 2, sum(came) / count
        squares = sum((at - middle) ** 2 for at in range(count))
        slope = sum((at - middle) * (mrr - mean) for at, mrr in enumerate(came)) / squares
        missed = [mrr - mean - slope * (at - middle) for at, mrr in enumerate(came)]
        variance = sum(miss**2 for miss in missed) / (count - 2) / squares
    else:
        return 0.0
    return slope * _share(slope**2, slope**2 + variance)


def _seasons(came: Sequence[float], trend: float) -> list[float]:
    """By what share each of the next twelve months lies above its year."""
    shapes = []
    for year in (came[:12], came[12:]):
        mean = sum(year) / 12
        if not mean:
            return [0.0] * 12
        shapes.append([(mrr - trend * (at - 5.5)) / mean - 1 for at, mrr in enumerate(year)])
    before, last = shapes
    size = math.sqrt(sum(s * s for s in last) * sum(s * s for s in before))
    alike = sum(s * t for s, t in zip(last, before, strict=True)) / size if size else 0.0
    weight = max(alike - _NOISE, 0.0) / (1 - _NOISE)
    return [weight * (s + t) / 2 for s, t in zip(last, before, strict=True)]


def _three_month_rule(cohorts: Mapping[int, _Cohort], origin: int, horizon: int, mrr: float) -> float:
    """Each month the mean gain of the last three, and their loss rate."""
    months = range(origin - 2, origin + 1)
    gain = sum(cohort.gained[month] for cohort in cohorts.values() for month in months) / 3
    lost = sum(cohort.lost[month] for cohort in cohorts.values() for month in months)
    opening = sum(cohort.mrr(month - 1) for cohort in cohorts.values() for month in months)
    for _ in range(horizon):
        mrr = mrr * max(1 + _share(lost, opening), 0.0) + gain
    return mrr
