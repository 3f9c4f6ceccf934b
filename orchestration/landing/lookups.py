"""Values that another table of the same source has: `lookup: {table, by, column}`.

Of several versions of a row the one in force at the moment of the file counts; where the table comes with the
same delivery but was read later, the first one after it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from orchestration.landing.canonical import literal, quoted
from orchestration.landing.language import FileMapping, Lookup, SourceMapping
from orchestration.landing.shaping import Shaped


def reading_order(entries: Sequence[FileMapping], mapping: SourceMapping) -> tuple[int, int]:
    """A sort key for files: those that feed tables that are looked up come before those that look up."""
    order = mapping.table_order()
    places = [order.get(entry.table, 0) for entry in entries] or [0]
    return max(places), min(places)


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

    def table(self, name: str, by: Sequence[str], columns: Iterable[str], when: datetime) -> str:
        """A temporary table with one row for each key `by` of a table, as it was at a moment."""
        wanted = [*by, *(column for column in columns if column not in by)]
        found = [
            self._select(wanted, f"raw.{quoted(name)}", "_extracted_at", "0")
            + f" where _source = {literal(self.source)} and not _is_deleted"
        ]
        for entry, read_at, rows in self._read:
            if entry.table == name and set(by) <= set(rows.columns):
                kept = [column if column in rows.columns else None for column in wanted]
                moment = f"cast({literal(read_at.isoformat(sep=' '))} as timestamp)"
                found.append(
                    self._select(wanted, quoted(rows.table), moment, "1", kept) + " where not _deleted"
                )
        keys = ", ".join(quoted(key) for key in by)
        now = f"cast({literal(when.isoformat(sep=' '))} as timestamp)"
        listed = ", ".join(quoted(column) for column in wanted)
        self._made += 1
        made = f"{self.prefix}lookup{self._made}"
        self.connection.execute(
            f"create or replace temp table {quoted(made)} as "
            f"select {listed} from ({' union all '.join(found)}) "
            f"qualify row_number() over (partition by {keys} order by _at <= {now} desc, "
            f"case when _at <= {now} then _at end desc, _at, _own desc, {listed}) = 1"
        )
        return made

    @staticmethod
    def _select(
        wanted: Sequence[str], table: str, at: str, own: str, kept: Sequence[str | None] | None = None
    ) -> str:
        values = ", ".join(
            f"{quoted(column) if column else 'cast(null as varchar)'} as {quoted(name)}"
            for name, column in zip(wanted, kept or wanted, strict=True)
        )
        return f"select {values}, {at} as _at, {own} as _own from {table}"

    def of_entry(self, entry: FileMapping, when: datetime) -> dict[Lookup, str]:
        """For each lookup of an entry the table that holds its values."""
        made: dict[Lookup, str] = {}
        for one in entry.lookups:
            columns = [
                other.column for other in entry.lookups if (other.table, other.by) == (one.table, one.by)
            ]
            same = next(
                (name for other, name in made.items() if (other.table, other.by) == (one.table, one.by)), None
            )
            made[one] = same or self.table(one.table, one.by, dict.fromkeys(columns), when)
        return made
