"""What a company writes beside its figures: notes of what happened, and targets of what is wanted."""

import csv
import re
from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator
from pydantic.dataclasses import dataclass

from orchestration.machine.yaml_text import read_text
from orchestration.settings.sentences import nearest
from orchestration.settings.values import FROZEN, a_day, setting

TARGETS = "targets.csv"
"""Beside company.yml; a company without targets has no such file."""
TARGET_METRICS = (
    *("closing_mrr", "arr", "closing_customers", "nrr_12m", "grr_12m", "customer_churn_rate", "nps"),
    *("cac_payback_months", "net_revenue", "deferred_revenue", "new_mrr", "expansion_mrr", "new_customers"),
)
"""The columns of fct_company_monthly that may have a target."""
_HEADER = ("month", "metric", "target")
_LONGEST_NOTE = 200


def _day(value: object) -> object:
    if isinstance(value, str):
        return a_day(value)
    return value


def notes_of(value: object) -> object:
    """The section's notes; `notes:` alone is read as empty text."""
    if value not in (None, "") and not isinstance(value, list | tuple):
        raise ValueError("write a list, such as `- {date: 2025-03-14, text: New prices}`")
    return value or ()


@dataclass(frozen=True, config=FROZEN)
class Note:
    """What happened on a day, such as a new price list; charts of that month point to it."""

    date: Annotated[date, BeforeValidator(_day), setting("2025-03-14", "day")]
    """The day on which it happened."""
    text: Annotated[str, setting("New price list", min_length=1, max_length=_LONGEST_NOTE)]
    """What happened, in a few words."""


@dataclass(frozen=True)
class Target:
    """What a figure is to be at the end of a month, in the unit of its column."""

    month: date
    metric: str
    target: Decimal


def read_targets(path: Path) -> tuple[tuple[Target, ...], list[str]]:
    """The targets of a file, none where it is not there, and what is wrong in it, as sentences.

    Raises ConfigurationError where the file can't be read as text.
    """
    if not path.exists():
        return (), []
    lines = csv.reader(StringIO(read_text(path).removeprefix("\ufeff"), newline=""))
    targets: dict[tuple[str, str], Target] = {}
    problems: list[str] = []
    try:
        if tuple(name.strip() for name in next(lines, [])) != _HEADER:
            return (), [f"{path} line 1: the columns are {','.join(_HEADER)}, in this order."]
        for row in lines:
            values = [value.strip() for value in row]
            found = list(_problems(values, targets)) if any(values) else []
            problems += [f"{path} line {lines.line_num}: {problem}" for problem in found]
            if any(values) and not found:
                month, metric, target = values
                targets[month, metric] = Target(date.fromisoformat(f"{month}-01"), metric, Decimal(target))
    except csv.Error as error:
        problems.append(f"{path} line {lines.line_num}: {error}. Save it as plain CSV.")
    return tuple(targets.values()), problems


def _problems(row: list[str], known: Collection[tuple[str, str]]) -> Iterator[str]:
    if len(row) != len(_HEADER):
        yield f"a line has a month, a metric and a target, not {len(row)} values."
        return
    month, metric, target = row
    if not re.fullmatch(r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])", month):
        yield f"{month!r} is not a month; write one such as 2025-06."
    if metric not in TARGET_METRICS:
        yield f"{metric!r} can have no target; {nearest(metric, list(TARGET_METRICS))}"
    if not re.fullmatch(r"-?[0-9]{1,14}(\.[0-9]{1,6})?", target):
        yield f"{target!r} is not a number; write one such as 40000 or 1.05, without separators."
    if (month, metric) in known:
        yield f"{metric} of {month} has a target already; keep one of the two."
