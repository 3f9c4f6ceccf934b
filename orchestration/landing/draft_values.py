"""How the values of a sample are written, as far as they tell: numbers, dates, and what stays open."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SIGNED = re.compile(r"[€$£%]|[A-Za-z]")
_SPACES = re.compile("[ \u00a0\u202f\u2009]")
# What separates thousands, what separates decimals, and the numbers that tell both.
_STYLES = (
    (None, ".", re.compile(r"-?\d+\.\d+")),
    (" ", ",", re.compile(r"-?\d{1,3}( \d{3})+,\d+")),
    (" ", ".", re.compile(r"-?\d{1,3}( \d{3})+\.\d+")),
    (".", ",", re.compile(r"-?\d{1,3}(\.\d{3})+,\d+")),
    (",", ".", re.compile(r"-?\d{1,3}(,\d{3})+\.\d+")),
    (None, ",", re.compile(r"-?\d+,\d+")),
    (" ", ",", re.compile(r"-?\d{1,3}( \d{3})+")),
)
_MAYBE_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")
# Dates, the formats that they may have, and whether day and month can be taken for each other.
_DATES = (
    (re.compile(r"\d{4}-\d{2}-\d{2}"), "iso", "date"),
    (re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*"), "iso", "timestamp"),
    (re.compile(r"\d{4}-\d{2}"), "%Y-%m", "date"),
    (re.compile(r"\d{4}/\d{2}/\d{2}"), "%Y/%m/%d", "date"),
    (re.compile(r"\d{8}"), "%Y%m%d", "date"),
    (re.compile(r"\d{10}"), "", "epoch_s"),
    (re.compile(r"\d{13}"), "", "epoch_ms"),
)
_DAY_OR_MONTH = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
_MONTH_OF_YEAR = re.compile(r"(0\d|1[0-2])([/.-])(\d{4})")


@dataclass(frozen=True)
class Numbers:
    """The marks in the numbers of a file; `doubts` are questions for a person."""

    decimal: str = "."
    thousands: str | None = None
    doubts: tuple[str, ...] = ()
    is_told: bool = False
    """Whether any number has such a mark."""


@dataclass(frozen=True)
class Dates:
    """The type and the format of the dates of a column; no format for counted seconds."""

    type: str
    format: str = "iso"
    doubts: tuple[str, ...] = ()


def number_marks(values: Iterable[str]) -> Numbers:
    """The marks that the numbers of a file have in common."""
    written = [_SPACES.sub(" ", value) for value in values]
    styles = {style[:2] for value in written for style in _first_style(value)}
    doubts = []
    if signed := next((value for value in written if _SIGNED.search(value)), None):
        doubts.append(f"{signed!r} has more than a number in it, and is refused so: export numbers alone.")
    if unsure := next((value for value in written if _MAYBE_THOUSANDS.fullmatch(value)), None):
        whole = unsure.replace(",", "").replace(".", "")
        doubts.append(f"is {unsure} {whole}, or a number below 1000? See decimal and thousands of locale.")
    if len({decimal for _, decimal in styles}) > 1:
        doubts.append("some numbers have decimal commas, others decimal points: export them alike.")
    thousands = next((mark for mark, _ in styles if mark), None)
    decimal = next((mark for _, mark in sorted(styles, key=str, reverse=True)), ".")
    return Numbers(decimal, thousands if thousands != decimal else None, tuple(doubts), bool(styles))


def _first_style(value: str) -> list[tuple[str | None, str]]:
    found = next(((mark, decimal) for mark, decimal, form in _STYLES if form.fullmatch(value)), None)
    return [found] if found else []


def date_form(values: Sequence[str]) -> Dates:
    """The type and format in which a column writes dates or instants."""
    if not values:
        return Dates("date", doubts=("it is empty in the first rows: what does a date look like?",))
    for form, layout, kind in _DATES:
        if all(form.fullmatch(value) for value in values):
            return Dates(kind, layout)
    parts = [found for value in values if (found := _DAY_OR_MONTH.fullmatch(value))]
    if len(parts) == len(values):
        return _day_or_month(values, parts)
    months = [found for value in values if (found := _MONTH_OF_YEAR.fullmatch(value))]
    if len(months) == len(values):
        return Dates("date", f"%m{months[0][2]}%Y")
    odd = next((value for value in values if not _known_date(value)), values[0])
    return Dates("date", doubts=(f'what does {odd!r} mean? Write its format, as "%d/%m/%Y", or a list.',))


def _known_date(value: str) -> bool:
    return any(form.fullmatch(value) for form, _, _ in _DATES) or bool(_DAY_OR_MONTH.fullmatch(value))


def _day_or_month(values: Sequence[str], parts: Sequence[re.Match[str]]) -> Dates:
    mark = parts[0][2]
    day, month = ("%-d", "%-m") if any(len(one[1]) + len(one[3]) < 4 for one in parts) else ("%d", "%m")
    day_first, month_first = f"{day}{mark}{month}{mark}%Y", f"{month}{mark}{day}{mark}%Y"
    if any(int(one[3]) > 12 for one in parts):
        return Dates("date", month_first)
    if any(int(one[1]) > 12 for one in parts):
        return Dates("date", day_first)
    said = f'is {values[0]} the day first? All first rows could be read either way; else "{month_first}".'
    return Dates("date", day_first, (said,))
