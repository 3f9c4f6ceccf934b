"""Tiles: each headline figure beside what it was at the last run, a month before and a year before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from orchestration.run.morning_page.charts import trace
from orchestration.run.morning_page.words import Kind, difference, figure, month, whole

Row = Mapping[str, Any]
Months = Mapping[date, Row]
MONTHS_SHOWN = 24
LAST_RUN = "last run"
"""What moved since then is told as an amount, what moved over months as a share."""


@dataclass(frozen=True)
class Metric:
    """A column of fct_company_monthly as the page speaks of it."""

    column: str
    title: str
    kind: Kind
    better: int
    """1 where more is better, -1 where less is, 0 where neither."""
    is_balance: bool = False
    """It is known at any moment; every other figure is that of a complete month."""
    n_column: str = ""
    """What the figure is a rate or a mean of, where too few of them say nothing."""
    n_of: str = ""


METRICS = (
    Metric("closing_mrr", "MRR", "money", 1, is_balance=True),
    Metric("arr", "ARR", "money", 1, is_balance=True),
    Metric("closing_customers", "Customers", "count", 1, is_balance=True),
    Metric("nrr_12m", "NRR, 12 months", "rate", 1, n_column="customers_12m", n_of="customers"),
    Metric("grr_12m", "GRR, 12 months", "rate", 1, n_column="customers_12m", n_of="customers"),
    Metric(
        "customer_churn_rate", "Customer churn", "rate", -1, n_column="opening_customers", n_of="customers"
    ),
    Metric("nps", "NPS", "points", 1, n_column="nps_responses", n_of="answers"),
    Metric("cac_payback_months", "CAC payback", "months", -1, n_column="new_customers", n_of="new customers"),
    Metric("net_revenue", "Net revenue", "money", 1),
    Metric("deferred_revenue", "Deferred revenue", "money", 0),
)
"""One tile each, in this order."""
OTHER_METRICS = (
    Metric("new_mrr", "New MRR", "money", 1),
    Metric("expansion_mrr", "Expansion MRR", "money", 1),
    Metric("new_customers", "New customers", "count", 1),
)
"""They may have a target, and have no tile."""


@dataclass(frozen=True)
class Comparison:
    """A figure beside an earlier one."""

    words: str
    beside: str
    tone: str
    """good, bad or flat."""


@dataclass(frozen=True)
class Tile:
    """One headline figure."""

    metric: Metric
    value: str
    of: str
    """The moment or the month that it is of."""
    notes: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    line: str
    """The path of its last months, WIDTH x HEIGHT of `charts`; empty where there is too little to draw."""
    says: str


@dataclass(frozen=True)
class Moment:
    """Which months the page is of."""

    now: date
    """The newest month, complete or not."""
    complete: date
    """The last complete month."""
    yesterday: date
    """The month that the day before as_of lies in: on the first of July, June."""


def back(of: date, months: int) -> date:
    """The month so many months before."""
    year, place = divmod(of.year * 12 + of.month - 1 - months, 12)
    return date(year, place + 1, 1)


def tiles(
    months: Months,
    moment: Moment,
    earlier: Months | None,
    targets: Mapping[tuple[date, str], Any],
    min_n: int,
) -> list[Tile]:
    """A tile for each metric that was ever known; `earlier` are the months of the release before."""
    return [
        _tile(metric, months, moment, earlier, targets, min_n)
        for metric in METRICS
        if any(row.get(metric.column) is not None for row in months.values())
    ]


def known(metric: Metric, row: Row | None, min_n: int) -> Any:
    """The figure of a month; None where it is not known, or made of too few."""
    if row is None or (metric.n_column and (row.get(metric.n_column) or 0) < min_n):
        return None
    return row.get(metric.column)


def _tile(
    metric: Metric,
    months: Months,
    moment: Moment,
    earlier: Months | None,
    targets: Mapping[tuple[date, str], Any],
    min_n: int,
) -> Tile:
    at = moment.now if metric.is_balance else moment.complete
    # A balance of the first of July is compared as that of June is, which it still equals.
    base = moment.yesterday if metric.is_balance else moment.complete
    row = months.get(at)
    value = known(metric, row, min_n)
    few = metric.n_column and row and value is None and row.get(metric.column) is not None
    series = [known(metric, months.get(back(at, ago)), min_n) for ago in range(MONTHS_SHOWN - 1, -1, -1)]
    return Tile(
        metric=metric,
        value=f"n = {whole(row[metric.n_column])}" if few and row else figure(metric.kind, value),
        of="now" if metric.is_balance else month(at),
        notes=tuple(_notes(metric, row, value, few=bool(few), target=targets.get((base, metric.column)))),
        comparisons=tuple(_comparisons(metric, months, at, base, value, earlier, min_n)),
        line=trace(series),
        says=_says(metric, series),
    )


def _notes(metric: Metric, row: Row | None, value: Any, *, few: bool, target: Any) -> list[str]:
    notes = []
    if few:
        notes.append(f"too few {metric.n_of} for a figure")
    elif row and value is not None and metric.n_column:
        notes.append(f"n = {whole(row[metric.n_column])} {metric.n_of}")
    if row and value is not None and metric.column == "customer_churn_rate":
        low, high = row["customer_churn_rate_low"], row["customer_churn_rate_high"]
        notes.append(f"between {figure('rate', low)} and {figure('rate', high)} (95%)")
    if row and value is not None and metric.column == "nps" and row["nps_standard_error"] is not None:
        notes.append(f"± {whole(1.96 * row['nps_standard_error'])} (95%)")
    if target is not None:
        notes.append(f"target {figure(metric.kind, target)}")
    return notes


def _comparisons(
    metric: Metric, months: Months, at: date, base: date, value: Any, earlier: Months | None, min_n: int
) -> list[Comparison]:
    if value is None:
        return []
    found = []
    if earlier:
        last = earlier.get(max(earlier) if metric.is_balance else at)
        if last is not None and last["is_partial"] and not metric.is_balance:
            found.append(Comparison("month not over", LAST_RUN, "flat"))
        else:
            found.append(_compared(metric, value, known(metric, last, min_n), LAST_RUN))
    for ago in (1, 12):
        of = back(base, ago)
        found.append(_compared(metric, value, known(metric, months.get(of), min_n), month(of)))
    return found


def _compared(metric: Metric, value: Any, was: Any, beside: str) -> Comparison:
    if was is None:
        return Comparison("not known", beside, "flat")
    moved = value - was
    is_share = beside != LAST_RUN and metric.kind in ("money", "count") and was > 0
    words = f"{float(moved) / float(was):+.1%}" if is_share else difference(metric.kind, moved)
    tone = "flat" if not moved or not metric.better else "good" if moved * metric.better > 0 else "bad"
    return Comparison(words, beside, tone)


def _says(metric: Metric, series: Sequence[Any]) -> str:
    drawn = [value for value in series if value is not None]
    if len(drawn) < 2:
        return ""
    low, high = figure(metric.kind, min(drawn)), figure(metric.kind, max(drawn))
    return (
        f"{metric.title}, {len(drawn)} months: from {figure(metric.kind, drawn[0])} to "
        f"{figure(metric.kind, drawn[-1])}, lowest {low}, highest {high}"
    )
