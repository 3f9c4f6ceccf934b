"""The figures of a quarter: what each is, the standard it follows, and how it stands to earlier quarters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestration.run.morning_page.words import UNKNOWN, Kind, difference, figure

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """One figure of a quarter as the page speaks of it."""

    column: str
    title: str
    kind: Kind
    better: int
    """1 where more is better, -1 where less is, 0 where neither."""
    means: str
    standard: str
    table: str
    """The mart that has it."""
    n_column: str = ""
    """What the figure is a rate of, where too few of them say nothing."""


FIGURES = (
    Figure(
        "closing_arr", "ARR", "money", 1, "12 times the MRR at the end of the quarter; usage is not in it.",
        "SaaS Metrics Standards Board, ARR", "fct_arr_waterfall",
    ),
    Figure(
        "net_new_arr", "Net new ARR", "money", 1,
        "New, expansion and reactivation less contraction and churn; exchange rates left out.",
        "SaaS Metrics Standards Board, ARR roll-forward", "fct_arr_waterfall",
    ),
    Figure(
        "carr", "Committed ARR", "money", 1,
        "ARR with what is signed and not live and what is scheduled, less what was cancelled.",
        "SaaS Metrics Standards Board, CARR", "fct_arr_waterfall",
    ),
    Figure(
        "closing_customers", "Customers", "count", 1, "Customers with MRR at the end of the quarter.",
        "ChartMogul", "fct_company_monthly",
    ),
    Figure(
        "nrr", "NRR, 12 months", "rate", 1,
        "MRR now of the customers of a year ago, by their MRR then, at the rates of then.",
        "SaaS Metrics Standards Board, net revenue retention", "fct_churn_annual", "starting_customers",
    ),
    Figure(
        "grr", "GRR, 12 months", "rate", 1,
        "As NRR, each customer at most with what it paid a year ago: never above 100%.",
        "SaaS Metrics Standards Board, gross revenue retention", "fct_churn_annual", "starting_customers",
    ),
    Figure(
        "nrr_with_usage", "NRR with usage, 12 months", "rate", 1,
        "NRR with the mean usage of three months beside MRR.",
        "SaaS Metrics Standards Board, NRR, with usage added", "fct_usage_retention_monthly",
        "usage_customers",
    ),
    Figure(
        "customer_churn_rate", "Customer churn, 12 months", "rate", -1,
        "Customers of a year ago who pay nothing now; short pauses are no churn.",
        "ChartMogul, customer churn rate", "fct_churn_annual", "starting_customers",
    ),
    Figure(
        "renewal_rate", "Renewal rate", "rate", 1,
        "Terms of any length that ended in the quarter and went on, of those that are settled.",
        "None common: counted by terms, as docs/board-page.md says", "fct_renewals_monthly",
        "settled_subscriptions",
    ),
    Figure(
        "top_10_share", "Top 10 customers", "rate", -1,
        "Share of MRR that the ten largest customers pay.",
        "None common; the index beside it is Herfindahl and Hirschman's",
        "fct_customer_concentration_monthly",
    ),
    Figure(
        "cac_payback_months", "CAC payback", "months", -1,
        "Cost of the last month's new customers by their MRR times the gross margin.",
        "ChartMogul, months to recover CAC", "fct_unit_economics_monthly",
    ),
    Figure(
        "ltv_60m", "LTV, 60 months", "money", 1,
        "ARPA times gross margin by the months that a customer lives of its first 60.",
        "Kaplan and Meier, restricted mean survival", "fct_unit_economics_monthly",
    ),
    Figure(
        "magic_number", "Magic number", "multiple", 1,
        "Net new ARR by the sales and marketing cost of the quarter before.",
        "Scale Venture Partners, on ARR", "fct_efficiency_quarterly",
    ),
    Figure(
        "burn_multiple", "Burn multiple", "multiple", -1,
        "Costs less the cash of customers, by net new ARR; below 0 where cash came in.",
        "Craft Ventures (David Sacks)", "fct_efficiency_quarterly",
    ),
    Figure(
        "rule_of_40_rate", "Rule of 40", "rate", 1,
        "Growth of net revenue over a year plus operating margin; 40% is its mark.",
        "Brad Feld, on recognised revenue", "fct_efficiency_quarterly",
    ),
)  # fmt: skip
"""One tile each, in this order."""


@dataclass(frozen=True)
class Beside:
    """A figure held against an earlier quarter."""

    quarter: str
    words: str
    tone: str
    """good, bad or flat."""


@dataclass(frozen=True)
class QuarterTile:
    """One figure of the last complete quarter."""

    figure: Figure
    value: str
    beside: tuple[Beside, ...]


def quarter_name(row: Row) -> str:
    """A fiscal quarter as the page calls it."""
    return f"Q{row['fiscal_quarter']} {row['fiscal_year']}"


def quarter_tiles(quarters: Sequence[Row], min_n: int) -> tuple[QuarterTile, ...]:
    """A tile for each figure that was ever known; `quarters` are complete and follow each other."""
    if not quarters:
        return ()
    return tuple(
        _tile(one, quarters, min_n)
        for one in FIGURES
        if any(row.get(one.column) is not None for row in quarters)
    )


def known(one: Figure, row: Row, min_n: int) -> Any:
    """A figure of a quarter; None where it is not known, or made of too few."""
    if one.n_column and (row.get(one.n_column) or 0) < min_n:
        return None
    return row.get(one.column)


def _tile(one: Figure, quarters: Sequence[Row], min_n: int) -> QuarterTile:
    row = quarters[-1]
    value = known(one, row, min_n)
    few = value is None and one.n_column and row.get(one.n_column)
    beside = [
        _beside(one, value, known(one, quarters[-1 - ago], min_n), quarter_name(quarters[-1 - ago]))
        for ago in (1, 4)
        if value is not None and len(quarters) > ago
    ]
    return QuarterTile(one, f"n = {row[one.n_column]}" if few else figure(one.kind, value), tuple(beside))


def _beside(one: Figure, value: Any, was: Any, quarter: str) -> Beside:
    if was is None:
        return Beside(quarter, UNKNOWN, "flat")
    moved = value - was
    is_share = one.kind in ("money", "count") and was > 0
    words = f"{float(moved) / float(was):+.1%}" if is_share else difference(one.kind, moved)
    tone = "flat" if not moved or not one.better else "good" if moved * one.better > 0 else "bad"
    return Beside(quarter, words, tone)
