"""Rows of one file with one key: identical ones are taken once, of different ones one is kept."""

import duckdb

from orchestration.landing.canonical import quoted
from orchestration.landing.entry_sql import EntrySql
from orchestration.landing.records import counter, with_lines

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
    record = (
        ", ".join(f"coalesce({column}, '')" for column in sorted(set(entry.loaded.fields.values()))) or "''"
    )
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
