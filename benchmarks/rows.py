"""Whether two database files hold the same marts, row by row."""

from pathlib import Path

import duckdb

_MARTS = "select table_name from duckdb_tables() where database_name = ? and schema_name = 'marts'"


def compared_marts(ours: Path, theirs: Path, drawn: tuple[str, ...] = ()) -> dict[str, tuple[int, bool]]:
    """Every mart of either file: how many rows ours has, and whether both have the same ones.

    Columns of the names `drawn` hold what each run draws, and are left out.
    """
    with duckdb.connect() as connection:
        held = {}
        for name, file in (("ours", ours), ("theirs", theirs)):
            connection.execute(f"attach '{file}' as {name} (read_only)")
            held[name] = {table for (table,) in connection.execute(_MARTS, [name]).fetchall()}
        both = held["ours"] & held["theirs"]
        return {
            table: _compared(connection, table, drawn) if table in both else (0, False)
            for table in sorted(held["ours"] | held["theirs"])
        }


def _compared(connection: duckdb.DuckDBPyConnection, table: str, drawn: tuple[str, ...]) -> tuple[int, bool]:
    columns = f"columns(lambda name: not list_contains({list(drawn)}::varchar[], name))"
    here, there = (f"select {columns} from {file}.marts.{table}" for file in ("ours", "theirs"))
    only_in_one = connection.execute(
        f"select 1 from (({here}) except all ({there})) union all "
        f"select 1 from (({there}) except all ({here})) limit 1"
    ).fetchall()
    ((count,),) = connection.execute(f"select count(*) from ours.marts.{table}").fetchall()
    return count, not only_in_one
