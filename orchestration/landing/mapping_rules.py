"""What a mapping may say of formats, sums, durations, lookups and values that may be left out."""

import difflib
from collections.abc import Iterable, Iterator, Sequence

from orchestration.landing.canonical import canonical_tables
from orchestration.landing.date_formats import FORMAT_PARTS, format_guard
from orchestration.landing.language import (
    DURATION_TYPES,
    NUMBER_TYPES,
    ColumnMapping,
    FileMapping,
    Lookup,
    SourceMapping,
)
from orchestration.landing.paths import compared_field


def nearest(name: str, names: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the most similar valid name, else the list of the valid ones."""
    valid = list(names)
    close = difflib.get_close_matches(name, valid, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"valid names: {', '.join(valid)}"


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


def lookup_problems(mapping: SourceMapping, file: FileMapping, name: str, lookup: Lookup) -> Iterator[str]:
    """What is wrong with how a column's value is looked up in another table."""
    where = f"table {file.table}, column {name}: lookup"
    if bool(lookup.columns) == (lookup.column is not None):
        yield f"{where}: give one of column, columns"
    if lookup.sum and (lookup.first is not None or lookup.columns):
        yield f"{where}: sum is of one column, and of all rows"
    if lookup.table not in {other.table for other in mapping.files}:
        yield f"{where}: the mapping feeds no table '{lookup.table}'"
        return
    if lookup.table not in canonical_tables():
        return  # The entry that feeds it says so.
    table, own = canonical_tables()[lookup.table], file.canonical.column(name)
    for read in lookup.read:
        found = table.column(read)
        if found is None:
            yield f"{where}: table {lookup.table} has no column '{read}'; {nearest(read, table.names)}"
        elif lookup.sum or lookup not in file.columns[name].lookup:
            # In the units of the file, which only a column of kind decimal keeps.
            if found.kind != "decimal" or file.type_of(name) not in NUMBER_TYPES:
                yield f"{where}: what is added up or subtracted is a decimal, and the column a number"
        elif own is not None and own.kind not in (
            kinds := ("json", "text") if lookup.columns else (found.kind,)
        ):
            yield f"{where}: {lookup.table}.{read} is {' or '.join(kinds)}, {name} is {own.kind}"
    first = None if lookup.first is None else table.column(lookup.first)
    if lookup.first is not None and (first is None or first.kind != "integer"):
        yield f"{where}: first '{lookup.first}' is no integer column of table {lookup.table}"
    if lookup.of and len(lookup.of) != len(lookup.by):
        yield f"{where}: `of` names one field for each column of `by`"
    for key in lookup.by:
        if table.column(key) is None:
            yield f"{where}: table {lookup.table} has no column '{key}'; {nearest(key, table.names)}"
        if not lookup.of and (key not in file.columns or file.columns[key].lookup):
            yield f"{where}: the column '{key}' must be mapped, and not be looked up itself"
