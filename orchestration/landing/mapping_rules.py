"""What a mapping may say of formats, sums, durations and values that may be left out."""

from collections.abc import Iterator, Sequence

from orchestration.landing.date_formats import FORMAT_PARTS, format_guard
from orchestration.landing.language import (
    DURATION_TYPES,
    NUMBER_TYPES,
    ColumnMapping,
    FileMapping,
)
from orchestration.landing.paths import compared_field


def format_problems(formats: Sequence[str]) -> Iterator[str]:
    """What is wrong with the formats of dates."""
    for layout in formats:
        if layout != "iso" and format_guard(layout) is None:
            yield f"format '{layout}' has an unknown directive; use iso or {' '.join(FORMAT_PARTS)}"


def sum_problems(file: FileMapping) -> Iterator[str]:
    """What is wrong with the measures that rows of one key are added up in."""
    for name in file.sum_on_key:
        known = name in file.columns and file.canonical.column(name) is not None
        if not known or name in file.row_key or file.type_of(name) not in NUMBER_TYPES:
            yield f"table {file.table}: sum_on_key '{name}' is not a mapped number outside the key"
    if file.sum_on_key and file.max_reject_ratio:
        yield f"table {file.table}: sum_on_key needs every row, so max_reject_ratio must be 0"


def way_problems(file: FileMapping, name: str, column: ColumnMapping) -> Iterator[str]:
    """What is wrong with how a column's value is found or left out."""
    if column.on_bad and file.requires(name):
        yield "on_bad: null is for a column that may be empty"
    for other, values in column.only_if.items():
        if any(map(compared_field, values)):
            yield f"only_if compares '{other}' with values, not with another field"
        if other not in file.columns or other == name or file.columns[other].only_if:
            yield f"only_if names '{other}', which is no other mapped column without only_if"
    if column.scientific and file.type_of(name) not in NUMBER_TYPES:
        yield "scientific is for numbers"
    if (file.type_of(name) in DURATION_TYPES) != (column.since is not None):
        yield f"since belongs to the types {' and '.join(DURATION_TYPES)}, and they need it"
    elif column.since is not None:
        base = file.canonical.column(column.since)
        mapped = file.columns.get(column.since)
        if base is None or base.kind != "timestamp" or not base.required or mapped is None or mapped.since:
            yield f"since names '{column.since}', which is no mapped instant that every row has"
