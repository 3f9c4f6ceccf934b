"""The charts of the page, and what they say in words; figures of too few are left out of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from orchestration.run.morning_page.charts import Chart, Column, Line, Size, bar_chart, line_chart
from orchestration.run.morning_page.reading import Row
from orchestration.run.morning_page.words import month, percent, whole
from orchestration.settings import Note

RATES = "fx_mrr"
MOVEMENTS = ("new_mrr", "expansion_mrr", "reactivation_mrr", "contraction_mrr", "churned_mrr", RATES)
_SIZES: tuple[Size, ...] = ("desk", "phone")
Targets = Mapping[tuple[date, str], Any]


@dataclass(frozen=True)
class Drawing:
    """One chart in both sizes, and its legend: CSS class and words."""

    charts: tuple[Chart, ...]
    legend: tuple[tuple[str, str], ...]
    says: str


def drawings(
    months: Sequence[Row], notes: Sequence[tuple[int, Note]], targets: Targets, min_n: int
) -> dict[str, Drawing]:
    """The charts of which there is something to draw, by their names."""
    marks: dict[date, tuple[int, ...]] = {}
    for number, note in notes:
        of = note.date.replace(day=1)
        marks[of] = (*marks.get(of, ()), number)
    found = {
        "mrr": _mrr(months, marks, targets),
        "movements": _movements(months, marks),
        "retention": _retention(months, min_n),
        "churn": _churn(months),
        "nps": _nps(months),
        "revenue": _revenue(months, targets),
    }
    return {name: drawing for name, drawing in found.items() if drawing}


def _mrr(months: Sequence[Row], marks: Mapping[date, tuple[int, ...]], targets: Targets) -> Drawing:
    wanted = [targets.get((row["period_month"], "closing_mrr")) for row in months]
    columns = [
        Column(
            _label(row),
            (("mrr", float(row["closing_mrr"])),),
            None if target is None else float(target),
            marks.get(row["period_month"], ()),
            f"{_label(row)}: MRR {whole(row['closing_mrr'])}"
            + ("" if target is None else f", target {whole(target)}"),
        )
        for row, target in zip(months, wanted, strict=True)
    ]
    legend = [("mrr", "MRR at the end of the month")]
    if any(target is not None for target in wanted):
        legend.append(("target", "target"))
    return _bars(columns, legend, "MRR at the end of each month")


def _movements(months: Sequence[Row], marks: Mapping[date, tuple[int, ...]]) -> Drawing:
    columns = [
        Column(
            _label(row),
            tuple((name, float(row[name])) for name in MOVEMENTS),
            None,
            marks.get(row["period_month"], ()),
            f"{_label(row)}: "
            + ", ".join(f"{movement(name)} {row[name]:+,.0f}" for name in MOVEMENTS if row[name]),
        )
        for row in months
    ]
    legend = [(name, movement(name)) for name in MOVEMENTS if any(row[name] for row in months)]
    return _bars(columns, legend, "What moved MRR in each month")


def movement(name: str) -> str:
    """A column of movements as charts and tables call it."""
    return {"churned_mrr": "churn", RATES: "exchange rates"}.get(name, name.removesuffix("_mrr"))


def _retention(months: Sequence[Row], min_n: int) -> Drawing | None:
    enough = [row["customers_12m"] >= min_n for row in months]
    lines = [
        Line(
            name,
            tuple(
                row[f"{name}_12m"] if of_many else None for row, of_many in zip(months, enough, strict=True)
            ),
        )
        for name in ("nrr", "grr")
    ]
    columns = [
        Column(
            _label(row),
            (),
            says=f"{_label(row)}: NRR {percent(row['nrr_12m'])}, GRR {percent(row['grr_12m'])}",
        )
        for row in months
    ]
    return _lines(
        columns, lines, [("nrr", "NRR"), ("grr", "GRR")], "NRR and GRR of twelve months", _percent_axis
    )


def _churn(months: Sequence[Row]) -> Drawing | None:
    names = ("customer_churn_rate", "customer_churn_rate_low", "customer_churn_rate_high")
    rate, low, high = ([row[name] for row in months] for name in names)
    columns = [
        Column(
            _label(row),
            (),
            says=f"{_label(row)}: {percent(row[names[0]])}, "
            f"{percent(row[names[1]])} to {percent(row[names[2]])}",
        )
        for row in months
    ]
    line = Line("churned_mrr", tuple(rate), tuple(low), tuple(high))
    legend = [("churned_mrr", "customer churn"), ("churned_mrr band", "95% bounds")]
    return _lines(columns, [line], legend, "Customer churn of each month with its bounds", _percent_axis)


def _nps(months: Sequence[Row]) -> Drawing | None:
    score, low, high = [], [], []
    for row in months:
        error = row["nps_standard_error"]
        score.append(None if error is None else row["nps"])
        low.append(None if error is None else max(row["nps"] - 1.96 * error, -100.0))
        high.append(None if error is None else min(row["nps"] + 1.96 * error, 100.0))
    columns = [
        Column(_label(row), (), says=f"{_label(row)}: {whole(row['nps'])}, n = {whole(row['nps_responses'])}")
        for row in months
    ]
    line = Line("mrr", tuple(score), tuple(low), tuple(high))
    legend = [("mrr", "NPS"), ("mrr band", "95% bounds")]
    return _lines(columns, [line], legend, "NPS of each month with its bounds", whole)


def _revenue(months: Sequence[Row], targets: Targets) -> Drawing | None:
    if not any(row["net_revenue"] is not None for row in months):
        return None
    columns = []
    # Of an unfinished month, the schedule has all that was billed for it.
    for row in (row for row in months if not row["is_partial"]):
        target = targets.get((row["period_month"], "net_revenue"))
        columns.append(
            Column(
                _label(row),
                (("recognised", float(row["net_revenue"] or 0)),),
                None if target is None else float(target),
                says=f"{_label(row)}: net revenue {whole(row['net_revenue'])}, "
                f"deferred {whole(row['deferred_revenue'])}",
            )
        )
    legend = [("recognised", "net revenue recognised in the month")]
    if any(column.target is not None for column in columns):
        legend.append(("target", "target"))
    return _bars(columns, legend, "Net revenue of each month")


def _bars(columns: Sequence[Column], legend: Sequence[tuple[str, str]], says: str) -> Drawing:
    return Drawing(tuple(bar_chart(columns, size, whole) for size in _SIZES), tuple(legend), says)


def _lines(
    columns: Sequence[Column],
    lines: Sequence[Line],
    legend: Sequence[tuple[str, str]],
    says: str,
    words: Callable[[float], str],
) -> Drawing | None:
    """None where no line has two months."""
    if all(sum(value is not None for value in line.values) < 2 for line in lines):
        return None
    charts = tuple(line_chart(columns, lines, size, words) for size in _SIZES)
    return Drawing(charts, tuple(legend), says)


def _percent_axis(value: float) -> str:
    """A share of 1 beside a line of the grid."""
    return f"{100 * value:.10g}%"


def _label(row: Row) -> str:
    return month(row["period_month"])
