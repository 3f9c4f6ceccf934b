"""Figures and dates as words: one format for each kind, on the whole page."""

from datetime import date
from decimal import Decimal
from typing import Literal

Number = Decimal | float | int
Kind = Literal["money", "count", "rate", "points", "months", "multiple"]
"""Money in the reporting currency, a number of things, a share of 1, points of a score, months, times."""
UNKNOWN = "–"


def whole(value: Number | None) -> str:
    """Money of a total, or a number of things."""
    if value is None:
        return UNKNOWN
    # Minus nothing is nothing.
    return f"{value:,.0f}" if round(value) else "0"


def cents(value: Number | None) -> str:
    """Money of a single record."""
    return UNKNOWN if value is None else f"{value:,.2f}"


def percent(value: Number | None) -> str:
    """A share of 1."""
    return UNKNOWN if value is None else f"{value:.1%}"


def figure(kind: Kind, value: Number | None) -> str:
    """A figure of a kind."""
    if value is None:
        return UNKNOWN
    if kind == "rate":
        return percent(value)
    if kind == "months":
        return f"{value:.1f} months"
    if kind == "multiple":
        return f"{value:.2f}"
    return whole(value)


def difference(kind: Kind, value: Number) -> str:
    """How far a figure is from another of its kind, with its sign."""
    if kind == "rate":
        return f"{100 * value:+.1f} points"
    if kind == "months":
        return f"{value:+.1f}"
    if kind == "multiple":
        return f"{value:+.2f}"
    return f"{value:+,.0f}"


def month(value: date | None) -> str:
    """A month."""
    return UNKNOWN if value is None else f"{value:%Y-%m}"


def label(name: str) -> str:
    """The name of a column or a code as words."""
    words = name.replace("_", " ")
    for short in ("mrr", "arr", "nps", "grr", "nrr", "fx"):
        words = " ".join(short.upper() if word == short else word for word in words.split(" "))
    return words


def listed(count: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{count:,} {one if count == 1 else many}"
