"""Values that another table of the same source has: `lookup: {table, by, column}`, a list, a sum.

Of several versions of a row the one in force at the moment of the file counts; where the table comes with the
same delivery but was read later, the first one after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from graphlib import CycleError, TopologicalSorter

import duckdb

from orchestration.landing.canonical import canonical_tables
from orchestration.landing.language import FileMapping, Lookup, SourceMapping
from orchestration.landing.shaping import Shaped
from orchestration.machine.sql import literal, quoted


def reading_order(entries: Sequence[FileMapping], mapping: SourceMapping) -> tuple[int, ...]:
    """A sort key for files: those that feed tables that are looked up come before those that look up."""
    files, tables = _file_order(mapping), mapping.table_order()
    places = [tables.get(entry.table, 0) for entry in entries] or [0]
    return max((files.get(tuple(entry.match), 0) for entry in entries), default=0), max(places), min(places)


def _file_order(mapping: SourceMapping) -> dict[tuple[str, ...], int]:
    """The order of files by what they match; none where they look up one another: tables decide then."""
    feeds: dict[str, set[tuple[str, ...]]] = {}
    for entry in mapping.files:
        feeds.setdefault(entry.table, set()).add(tuple(entry.match))
    needs: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for entry in mapping.files:
        own = tuple(entry.match)
        read = {file for lookup in entry.lookups for file in feeds.get(lookup.table, set())}
        needs.setdefault(own, set()).update(read - {own})
    try:
        return {file: place for place, file in enumerate(TopologicalSorter(needs).static_order())}
    except CycleError:
        return {}


def looks_up_new(
    entry: FileMapping, when: datetime, planned: Mapping[tuple[str, datetime], set[str]]
) -> bool:
    """Whether a table that a snapshot looks up comes anew, so that the same bytes mean something else.

    `planned` are the tables and moments of what is going to be read.
    """
    is_snapshot = entry.delivery == "full_snapshot"
    return is_snapshot and any((lookup.table, when) in planned for lookup in entry.lookups)


@dataclass
class Lookups:
    """The rows of one source that may be looked up: those in force in `raw`, and those of the delivery."""

    connection: duckdb.DuckDBPyConnection
    source: str
    prefix: str
    """What the names of its temporary tables begin with."""
    _read: list[tuple[FileMapping, datetime, Shaped]] = field(default_factory=list)
    _made: int = 0

    def add(self, entry: FileMapping, when: datetime, rows: Shaped) -> None:
        """Rows of the delivery that were read."""
        self._read.append((entry, when, rows))

    def table(self, name: str, by: Sequence[str], lookups: Sequence[Lookup], when: datetime) -> str:
        """A temporary table with one row for each key `by` of a table, as it was at a moment."""
        wanted = list(dict.fromkeys([*by, *(column for one in lookups for column in one.read)]))
        first = next((one.first for one in lookups if one.first), None)
        keys, now = _listed(by), _moment(when)
        ranks = [] if first is None else [f"try_cast({quoted(first)} as bigint) nulls last"]
        order = ", ".join([_in_force(now), *ranks, _listed(wanted)])
        rows = self._rows(name, by, [*wanted, *filter(None, [first])])
        return self._create(
            f"select {_listed(wanted)} from ({rows}) where not _gone "
            f"qualify row_number() over (partition by {keys} order by {order}) = 1"
        )

    def together(self, lookup: Lookup, when: datetime) -> str:
        """A temporary table with the rows of each key as they were at a moment, as one JSON list or sum.

        What a snapshot told last of a key is all there is of it.
        """
        keys, row_key = _listed(lookup.by), canonical_tables()[lookup.table].key
        wanted = list(dict.fromkeys([*lookup.by, *row_key, *lookup.read]))
        order = _listed(lookup.read)
        told = (
            f"select * from ({self._rows(lookup.table, lookup.by, wanted)}) "
            f"qualify rank() over (partition by {keys} order by {_in_force(_moment(when))}) = 1"
        )
        # Where two files tell of one moment, the one that arrived later is in force.
        in_force = (
            f"select * from ({told}) qualify row_number() over "
            f"(partition by {_listed(row_key)} order by _arrived desc nulls first, {order}) = 1"
        )
        return self._create(
            f"select {keys}, {_all_of(lookup)} as {quoted(lookup.gives)} "
            f"from ({in_force}) where not _gone group by {keys}"
        )

    def _rows(self, name: str, by: Sequence[str], wanted: Sequence[str]) -> str:
        """SQL for all the rows of a table that are known: `_at` of which moment, `_own` of this delivery."""
        in_raw = f"raw.{quoted(name)} where _source = {literal(self.source)}"
        found = [_select(wanted, "_extracted_at", "0", "_delivery_id", "_is_deleted", in_raw)]
        for entry, read_at, rows in self._read:
            if entry.table == name and set(by) <= set(rows.columns):
                kept = [column if column in rows.columns else None for column in wanted]
                own = quoted(rows.table)
                found.append(_select(wanted, _moment(read_at), "1", "null", "_deleted", own, kept))
        return " union all ".join(found)

    def _create(self, select: str) -> str:
        self._made += 1
        made = f"{self.prefix}lookup{self._made}"
        self.connection.execute(f"create or replace temp table {quoted(made)} as {select}")
        return made

    def of_entry(self, entry: FileMapping, when: datetime) -> dict[Lookup, str]:
        """For each lookup of an entry the table that holds its values."""
        made: dict[Lookup, str] = {}
        shared: dict[tuple[str, tuple[str, ...], str | None], list[Lookup]] = {}
        for one in entry.lookups:
            if one.is_text:
                made[one] = self.together(one, when)
            else:
                shared.setdefault((one.table, one.by, one.first), []).append(one)
        for (name, by, _), lookups in shared.items():
            made |= dict.fromkeys(lookups, self.table(name, by, lookups, when))
        return made


def _all_of(lookup: Lookup) -> str:
    """SQL for what all the rows of a key give."""
    if lookup.sum:
        total = f"sum(cast({quoted(str(lookup.column))} as decimal(38, 12)))"
        return f"rtrim(rtrim(cast({total} as varchar), '0'), '.')"
    fields = ", ".join(f"{quoted(name)} := {quoted(name)}" for name in lookup.columns)
    row = f"struct_pack({fields})" if len(lookup.columns) > 1 else quoted(lookup.columns[0])
    return f"cast(to_json(list({row} order by {_listed(lookup.columns)})) as varchar)"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(quoted(name) for name in names)


def _moment(when: datetime) -> str:
    return f"cast({literal(when.isoformat(sep=' '))} as timestamp)"


def _in_force(now: str) -> str:
    """The order of rows: the last up to `now`, else the first after it; this delivery before others."""
    return f"_at <= {now} desc, case when _at <= {now} then _at end desc, _at, _own desc"


def _select(
    wanted: Sequence[str],
    at: str,
    own: str,
    arrived: str,
    gone: str,
    table: str,
    kept: Sequence[str | None] | None = None,
) -> str:
    values = ", ".join(
        f"{quoted(column) if column else 'cast(null as varchar)'} as {quoted(name)}"
        for name, column in zip(wanted, kept or wanted, strict=True)
    )
    return f"select {values}, {at} as _at, {own} as _own, {arrived} as _arrived, {gone} as _gone from {table}"
