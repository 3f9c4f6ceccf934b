"""Rows of one file with one key: identical ones are taken once, of different ones one is kept."""

import duckdb

from orchestration.landing.entry_sql import EntrySql
from orchestration.landing.records import counter, with_lines
from orchestration.machine.sql import quoted

_KEYS_AT_ONCE = 4_000_000
"""Rows whose keys are grouped in one go: of many more, DuckDB takes far more memory than its limit."""


def resolve_duplicates(
    connection: duckdb.DuckDBPyConnection, entry: EntrySql, table: str, shared: bool
) -> tuple[int, int]:
    """Keep one row of every key, whatever the order of lines: (rows refused, identical rows dropped)."""
    count, name = counter(connection), quoted(table)
    keys = ", ".join(quoted(key) for key in entry.file.row_key)
    parts = 1 + count(f"select count(*) from {name}") // _KEYS_AT_ONCE
    connection.execute(f"create or replace temp table _repeated_keys as select {keys} from {name} limit 0")
    for part in range(parts):
        connection.execute(
            f"insert into _repeated_keys select {keys} from {name} where hash({keys}) % {parts} = {part} "
            f"group by {keys} having count(*) > 1"
        )
    if not count("select count(*) from _repeated_keys"):
        return 0, 0
    content = ", ".join(f"{quoted(column)}" for column in entry.columns)
    ordered = ", ".join(f"{quoted(column)} nulls last" for column in entry.columns)
    # The source record decides first, so that every table of a file keeps the same one of two records.
    record = _record(entry)
    connection.execute(
        f"create or replace temp table _extra_rows as select * from (select _record, _element, {keys}, "
        f"dense_rank() over (partition by {keys} order by _deleted desc, _first, {ordered}) as content, "
        f"row_number() over (partition by {content}, _deleted order by _record, _element) as copy from ("
        f"select *, min(_source_record) over (partition by {content}, _deleted) as _first from (select t.*, "
        f"concat_ws(chr(31), {record}) as _source_record from {name} as t "
        f"join {quoted(entry.loaded.table)} as s on s.rowid = t._record "
        f"semi join _repeated_keys using ({keys})))) "
        "where content > 1 or copy > 1"
    )
    shown = " || ', ' || ".join(quoted(key) for key in entry.file.row_key)
    listed = ", ".join(entry.file.row_key)
    message = (
        f"another row of this file has the same key ({listed} = {{value}}) and a different content; "
        f"one of them "
        "is kept. Make the key longer in the mapping, or mend the export."
    )
    connection.execute(
        f"insert into {quoted(table + '_rejects')} select _line, ?, 'R02', {shown}, replace(?, "
        f"'{{value}}', {shown}) "
        f"from ({with_lines(entry.loaded, 'from _extra_rows where content > 1')})",
        [listed, message],
    )
    if not shared:
        text = "the same row stands in the file more than once; it is taken once."
        connection.execute(
            f"insert into {quoted(table + '_rejects')} select _line, ?, 'W06', {shown}, ? "
            f"from ({with_lines(entry.loaded, 'from _extra_rows where content = 1')})",
            [listed, text],
        )
    collided = count("select count(*) from _extra_rows where content > 1")
    copies = count("select count(*) from _extra_rows where content = 1")
    connection.execute(
        f"delete from {name} where (_record, _element) in (select (_record, _element) from _extra_rows)"
    )
    connection.execute("drop table _extra_rows")
    return collided, copies


def _record(entry: EntrySql) -> str:
    """The fields of a loaded record, none of them NULL."""
    return (
        ", ".join(f"coalesce({column}, '')" for column in sorted(set(entry.loaded.fields.values()))) or "''"
    )


def sum_rows_of_a_key(connection: duckdb.DuckDBPyConnection, entry: EntrySql, table: str) -> int:
    """Add up the measures of rows that agree in all else; a line that stands there twice is taken once.

    How many such lines there were. Rows of one key that differ in something else are left to their rule.
    """
    count, name, measures = counter(connection), quoted(table), entry.file.sum_on_key
    connection.execute(
        f"create or replace temp table _copied_lines as select * from (select _record, _element, "
        f"row_number() over (partition by concat_ws(chr(31), {_record(entry)}), _element "
        f"order by _record) as copy "
        f"from {name} as t join {quoted(entry.loaded.table)} as s on s.rowid = t._record) where copy > 1"
    )
    copies = count("select count(*) from _copied_lines")
    text = "the same line stands in the file more than once; it is taken once."
    connection.execute(
        f"insert into {quoted(table + '_rejects')} select _line, ?, 'W06', null, ? "
        f"from ({with_lines(entry.loaded, 'from _copied_lines')})",
        [", ".join(entry.file.row_key), text],
    )
    connection.execute(
        f"delete from {name} where (_record, _element) in (select (_record, _element) from _copied_lines)"
    )
    total = "rtrim(rtrim(cast(sum(cast({column} as decimal(38, 12))) as varchar), '0'), '.')"
    others = ", ".join(quoted(column) for column in entry.columns if column not in measures)
    sums = ", ".join(f"{total.format(column=quoted(one))} as {quoted(one)}" for one in measures)
    connection.execute(
        f"create or replace temp table _summed as select min(_record) as _record, min(_element) as _element, "
        f"_deleted, false as _bad, bool_or(_waived) as _waived, {others}, {sums} "
        f"from {name} group by _deleted, {others}"
    )
    connection.execute(f"delete from {name}")
    connection.execute(f"insert into {name} by name select * from _summed")
    connection.execute("drop table _copied_lines")
    connection.execute("drop table _summed")
    return copies
