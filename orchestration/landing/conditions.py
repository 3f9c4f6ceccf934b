"""Conditions of a mapping as SQL: `where`, `when`, `deleted_when`, `assert_complete`, the end of pages."""

from collections.abc import Mapping, Sequence

from orchestration.landing.language import Conditions
from orchestration.landing.paths import alternatives, compared_field
from orchestration.machine.sql import literal


def first_filled(texts: Sequence[str]) -> str:
    """SQL for the first text that is not empty."""
    return texts[0] if len(texts) == 1 else f"coalesce({', '.join(texts)})"


def first_of(name: str, columns: Mapping[str, str]) -> str:
    """SQL for the first field that is not empty of those that a name lists; `columns` is SQL for each."""
    return first_filled([columns[field] for field in alternatives(name)])


def condition_sql(conditions: Conditions, columns: Mapping[str, str]) -> str:
    """SQL for whether all conditions hold; never NULL."""
    parts = []
    for name, values in conditions.items():
        tests, column = [], first_of(name, columns)
        for value in values:
            other = compared_field(value)
            against = columns[other] if other else literal(value.removeprefix("!"))
            if value.startswith("!"):
                parts.append(f"({column} is distinct from {against})")
                continue
            same = f"is not distinct from {against}" if other else f"= {against}"
            test = {"null": "is null", "not_null": "is not null"}.get(value, same)
            tests.append(f"coalesce({column} {test}, false)")
        if tests:
            parts.append(f"({' or '.join(tests)})")
    return " and ".join(parts) or "true"
