"""One loaded file into one canonical table: its good rows, and a list of all that was found in the others."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from orchestration.landing.duplicates import resolve_duplicates, sum_rows_of_a_key
from orchestration.landing.entry_sql import EntrySql
from orchestration.landing.records import Loaded, with_lines
from orchestration.landing.sentences import waived_sentence
from orchestration.machine.sql import quoted

SMALL = 20_000
"""Rows of a file whose SQL takes longer to plan than to run."""


@dataclass(frozen=True)
class Shaped:
    """A file's rows for one canonical table.

    `table` holds the good rows: the mapped columns, `_record`, `_line`, `_deleted`; `rejects` (line,
    column_name, code, value, message) all that was found in the others; `refused_keys` the keys of rows that
    were refused: their earlier versions stay in force; `parents` the records whose nested rows were read.
    """

    table: str
    columns: tuple[str, ...]
    rejects: str
    refused_keys: str | None
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    warned: int = 0
    parents: str | None = None


def shape(
    connection: duckdb.DuckDBPyConnection,
    entry: EntrySql,
    table: str,
    shared: bool = False,
    rows: str | None = None,
) -> Shaped:
    """Shape a loaded file for one entry of its mapping into the temporary tables `table` and `table_rejects`.

    `shared`: the file feeds other tables too, so that the same row of this one may come many times. `rows` is
    SQL for its rows where they were shaped with those of other files.
    """
    loaded, file = entry.loaded, entry.file
    name, rejects = quoted(table), quoted(f"{table}_rejects")
    making = f"create or replace temp table {name} as "
    if rows is None and loaded.rows <= SMALL:
        with planned_for_few(connection):
            connection.execute(making + shaped_rows(entry, entry.shaped))
    else:
        connection.execute(making + (rows or shaped_rows(entry, entry.shaped)))
    connection.execute(
        f"create or replace temp table {rejects} (line bigint, column_name varchar, code varchar, "
        "value varchar, message varchar)"
    )
    rows_read, refused, left_out = connection.execute(
        "select count(*), count(*) filter (where _bad), count(*) filter (where _waived and not _bad) "
        f"from {name}"
    ).fetchall()[0]
    if refused:
        _list_bad_rows(connection, entry, entry.shaped, table)
        keys = ", ".join(quoted(key) for key in file.row_key)
        connection.execute(
            f"create or replace temp table {quoted(table + '_kept')} as select distinct {keys} from "
            f"{name} where _bad"
        )
        connection.execute(f"delete from {name} where _bad")
    if file.number_copies is not None:
        _number_copies(connection, table, file.number_copies)
    if left_out:
        _list_waived(connection, entry, entry.shaped, table)
    repeated = sum_rows_of_a_key(connection, entry, table) if file.sum_on_key else 0
    collided, copies = resolve_duplicates(connection, entry, table, shared)
    copies += repeated
    _number_lines(connection, loaded, table)
    parents = None
    if file.parent is not None and file.delivery == "delta":
        parents = f"{table}_parents"
        connection.execute(f"create or replace temp table {quoted(parents)} as {entry.parents()}")
    return Shaped(
        f"{table}_numbered",
        tuple(entry.columns),
        f"{table}_rejects",
        f"{table}_kept" if refused else None,
        rows_read,
        rows_read - refused - collided - copies,
        refused + collided,
        left_out + (0 if shared else copies),
        parents,
    )


def shaped_rows(entry: EntrySql, select: str) -> str:
    """SQL for what `shape` keeps of the rows that `select` shapes for an entry."""
    return (
        f"select _record, _element, _deleted, _bad, {_any_waived(entry)} as _waived, {_values(entry)} "
        f"from ({select})"
    )


@contextmanager
def planned_for_few(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Leave out what makes a plan faster and is a quarter of its making: of few rows that is more."""
    connection.execute("set disabled_optimizers = 'common_subexpressions,in_clause'")
    try:
        yield
    finally:
        connection.execute("reset disabled_optimizers")


def _number_copies(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    """Tell rows apart that share a made-up id: events without an id are as many as the file holds.

    The first keeps the id, so a file that holds it once says the same as before.
    """
    name, value = quoted(table), quoted(column)
    connection.execute(
        f"update {name} set {value} = {value} || '#' || copies.number from (select _record, _element, "
        f"row_number() over (partition by {value} order by _record, _element) as number "
        f"from {name}) as copies "
        f"where copies._record = {name}._record and copies._element = {name}._element and copies.number > 1"
    )


def _values(entry: EntrySql) -> str:
    """The values of a row; of a column that may be empty, not the bad ones."""
    waived = set(entry.waived())
    return ", ".join(
        (
            f"case when {quoted('n_' + name)} is null then {quoted('v_' + name)} end"
            if name in waived
            else value
        )
        + f" as {quoted(name)}"
        for name in entry.columns
        if (value := quoted("v_" + name))
    )


def _any_waived(entry: EntrySql) -> str:
    codes = ", ".join(quoted("n_" + name) for name in entry.waived())
    return f"coalesce({codes}) is not null" if codes else "false"


def _list_waived(connection: duckdb.DuckDBPyConnection, entry: EntrySql, select: str, table: str) -> None:
    """List the values that were left out of good rows: labels by their number, others one by one."""
    chosen = ", ".join(f"{quoted('n_' + name)}, {quoted('x_' + name)}" for name in entry.waived())
    rows = f"select _record, {chosen} from ({select}) where {_any_waived(entry)} and not _bad"
    connection.execute("create or replace temp table _waived as " + with_lines(entry.loaded, rows))
    for name in entry.waived():
        code, value = quoted("n_" + name), quoted("x_" + name)
        for kind, place in (("unknown_label", "null"), ("W10", "_line")):
            connection.execute(
                f"insert into {quoted(table + '_rejects')} select min(_line), ?, ?, {value}, "
                f"replace(replace(?, '{{count}}', cast(count(*) as varchar)), '{{value}}', {value}) "
                f"from _waived where {code} = ? group by {value}, {place}",
                [name, kind, waived_sentence(kind, name, entry.columns[name]), kind],
            )
    connection.execute("drop table _waived")


def _number_lines(connection: duckdb.DuckDBPyConnection, loaded: Loaded, table: str) -> None:
    """Make `table_numbered`: a view of the good rows with their physical line, which is read once."""
    rows = with_lines(loaded, f"select * from {quoted(table)}")
    connection.execute(f"create or replace temp view {quoted(table + '_numbered')} as {rows}")


def _list_bad_rows(connection: duckdb.DuckDBPyConnection, entry: EntrySql, select: str, table: str) -> None:
    connection.execute(
        "create or replace temp table _bad_rows as " + with_lines(entry.loaded, f"{select} where _bad")
    )
    for fault, column, value, code, template in entry.listed():
        connection.execute(
            f"insert into {quoted(table + '_rejects')} select _line, ?, ?, {value}, "
            f"replace(?, '{{value}}', coalesce({value}, '')) from _bad_rows where {quoted(fault)} = ?",
            [column, code, template, code],
        )
    connection.execute("drop table _bad_rows")
