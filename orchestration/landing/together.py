"""Small files of one shape, read by one statement: its plan costs more than the rows of one file do."""

from collections.abc import Mapping, Sequence

import duckdb

from orchestration.landing.entry_sql import EntrySql
from orchestration.landing.records import create
from orchestration.landing.shaping import SMALL, planned_for_few, shaped_rows
from orchestration.machine.sql import quoted

_ANY_TABLE = "_any_file"


def shape_together(
    connection: duckdb.DuckDBPyConnection, entries: Mapping[str, EntrySql], name: str
) -> dict[str, str]:
    """SQL for the shaped rows of each table to be made that is like another: rows of a statement for both.

    `entries`: by the table to be made the entry that gives its rows. What looks up values is read by itself,
    since each file finds the other tables as they were at its own moment. The temporary tables that the SQL
    reads begin with `name`.
    """
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for table, entry in entries.items():
        if not entry.file.lookups and entry.loaded.rows <= SMALL and not entry.loaded.has_gaps:
            select = entry.shaped.replace(quoted(entry.loaded.table), quoted(_ANY_TABLE))
            alike.setdefault((select, _columns(entry)), []).append(table)
    texts: dict[tuple[str, ...], str] = {}
    rows: dict[str, str] = {}
    for number, ((select, columns), tables) in enumerate(alike.items()):
        if len(tables) == 1:
            continue
        of_files = [entries[table] for table in tables]
        files = (*columns, *(entry.loaded.table for entry in of_files))
        if files not in texts:
            texts[files] = f"{name}_texts{number}"
            _one_after_another(connection, of_files, columns, texts[files])
        shaped = f"{name}_rows{number}"
        with planned_for_few(connection):
            connection.execute(
                f"create or replace temp table {quoted(shaped)} as "
                + shaped_rows(of_files[0], select.replace(quoted(_ANY_TABLE), quoted(texts[files])))
            )
        first = 0
        for table, entry in zip(tables, of_files, strict=True):
            end = first + entry.loaded.rows
            rows[table] = (
                f"select * replace (_record - {first} as _record) from {quoted(shaped)} "
                f"where _record >= {first} and _record < {end}"
            )
            first = end
    return rows


def _columns(entry: EntrySql) -> tuple[str, ...]:
    return tuple(sorted(set(entry.loaded.fields.values())))


def _one_after_another(
    connection: duckdb.DuckDBPyConnection, entries: Sequence[EntrySql], columns: Sequence[str], table: str
) -> None:
    """Make one temporary table of the texts of several files, in their order."""
    listed = ", ".join(quoted(column) for column in columns) or "1 as _none"
    selects = (f"select {listed} from {quoted(entry.loaded.table)}" for entry in entries)
    create(connection, table, " union all ".join(selects))
