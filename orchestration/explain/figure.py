"""What a figure is: the row that publishes it, its inputs by customer, and the formula over their sums.

A formula is SQL over the names of its inputs, in the arithmetic of the marts, so that it gives the same last
digit. Nothing here is read by a run.
"""

from dataclasses import dataclass, replace
from typing import Literal

COMPANY = "fct_company_monthly"
CUSTOMER_LABELS = (
    "country",
    "sales_model",
    "acquisition_channel",
    "reseller",
    "currency",
    "cohort_year",
    "size_band",
)
"""Labels that a customer has whatever it buys."""
ROW_LABELS = ("plan", "product")
"""Labels of what it buys."""

Evidence = Literal[
    "held_at_start",
    "held_at_end",
    "committed",
    "pending",
    "end_requests",
    "feature_use",
    "onboarding",
    "said",
    "movements",
    "lives",
    "answers",
    "trials",
    "failed_invoices",
    "revenue",
    "obligations",
    "renewals",
    "price_changes",
    "factors",
    "usage",
]


@dataclass(frozen=True)
class Input:
    """A number that a formula uses, as the sum of one value for each customer.

    `query` gives `of` (a customer, a channel, a currency) and `value`. A customer or a segment narrows it at
    `{customers}`, by the customers of a label, at `{rows}`, by a column of that label, or at `{either}`, by
    the customers where it is a label of customers and else by the column.
    """

    name: str
    says: str
    query: str
    evidence: tuple[Evidence, ...] = ()
    movement_types: tuple[str, ...] = ()
    by: Literal["customer", "channel", "currency", "company"] = "customer"
    labels: tuple[str, ...] = CUSTOMER_LABELS


@dataclass(frozen=True)
class Place:
    """Where the figure of the whole company is published: a table, and which of its rows a period has."""

    table: str = COMPANY
    rows: str = "true"
    period: str = "period_month"
    """The column with the first month of a period."""
    months: int = 1
    """How long a period is: any month of it stands for it."""
    column: str = ""
    """The figure's column, where that has another name."""
    total: str = "{column}"
    """What of the column is the figure, where a period has several rows."""
    by: str = ""
    """The column of what each row of a period is of, where none is of all: the figure is asked by it."""


@dataclass(frozen=True)
class Figure:
    """A figure of a month or a quarter."""

    formula: str
    inputs: tuple[Input, ...]
    words: str = ""
    """The formula as people write it; empty where it is SQL that they can read."""
    mart: str = ""
    """The table of its segments: `segment_type, segment_value`, or `channel`; empty where it has none."""
    mart_column: str = ""
    """Its column there, where that has another name."""
    also: str = ""
    """A condition that the row of the mart meets besides month and segment."""
    is_ratio: bool = False
    """Whether it says nothing of one customer."""
    when: str = "true"
    """SQL over the inputs and `is_partial`: where it does not hold, there is no figure; `hidden` says why."""
    hidden: str = ""
    months: int = 1
    """How many months, up to the one that was asked for, the movements lie in."""
    compares_balances: bool = False
    """Whether its two inputs are balances of the same customers: those that moved most come first."""
    place: Place = Place()
    beside: tuple[str, ...] = ()
    """Columns of the published row that say how far the figure is to be trusted."""


OVER = "not $is_partial"
MONTH_GOES_ON = "the month is not over"
FEW = "fewer customers than min_n"


def ratio(above: str, below: str) -> str:
    """A quotient as the marts write it; nothing where it would be a division by 0."""
    return f"cast({above} as double) / nullif(cast({below} as double), 0)"


def share(above: str, below: str) -> str:
    """A quotient of counts of which the lower one is above 0."""
    return f"cast({above} as double) / cast({below} as double)"


def enough(count: str) -> str:
    """Whether there are as many as a rate needs (policy `min_n`)."""
    return f"({count} >= $min_n and {count} > 0)"


def plain(one: Input, mart: str = "", mart_column: str = "", also: str = "") -> Figure:
    """The figure that is one input alone."""
    return Figure(f"${one.name}", (one,), "the sum of what is below", mart, mart_column, also)


def rate(
    words: str,
    formula: str,
    *inputs: Input,
    mart: str = "",
    mart_column: str = "",
    also: str = "",
    when: str = "true",
    hidden: str = "",
    months: int = 1,
) -> Figure:
    """A figure that compares, so that one customer has none."""
    return Figure(
        formula,
        inputs,
        words,
        mart,
        mart_column,
        also,
        is_ratio=True,
        when=when,
        hidden=hidden,
        months=months,
    )


def rate_of(part: Input, whole: Input, hidden: str) -> Figure:
    """The share that is a part of a count, where there are as many as a rate needs."""
    return rate(
        f"{part.name} / {whole.name}",
        share(f"${part.name}", f"${whole.name}"),
        part,
        whole,
        when=enough(f"${whole.name}"),
        hidden=hidden,
    )


def at(figure: Figure, place: Place, *beside: str, column: str = "") -> Figure:
    """A figure that another mart publishes; its segments, if it has any, are rows of the same table."""
    mart = place.table if figure.inputs[0].labels else ""
    return replace(figure, place=replace(place, column=column), mart=mart, mart_column=column, beside=beside)


def told(place: Place, name: str, says: str, column: str = "", *evidence: Evidence) -> Input:
    """What the published row itself says: no mart tells it by customer."""
    return Input(
        name,
        says,
        f"select 'all' as of, {column or name} as value from {place.table} "
        f"where {place.period} = $first_month and {place.rows} and {column or name} is not null",
        evidence,
        by="company",
        labels=(),
    )
