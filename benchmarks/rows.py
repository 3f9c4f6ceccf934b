"""Whether two database files hold the same marts, row by row."""

from pathlib import Path

import duckdb

_MARTS = "select table_name from duckdb_tables() where database_name = ? and schema_name = 'marts'"


def compared_marts(ours: Path, theirs: Path) -> dict[str, tuple[int, bool]]:
    """Every mart of either file: how many rows ours has, and whether both have the same ones."""
    with duckdb.connect() as connection:
        held = {}
        for name, file in (("ours", ours), ("theirs", theirs)):
            connection.execute(f"attach '{file}' as {name} (read_only)")
            tables = connection.execute(
                "select table_name from duckdb_tables() where database_name = ? and schema_name = 'marts'",
                [name],
            )
            held[name] = {table for (table,) in tables.fetchall()}
        both = held["ours"] & held["theirs"]
        return {
            table: _compared(connection, table) if table in both else (0, False)
            for table in sorted(held["ours"] | held["theirs"])
        }


def _compared(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, bool]:
    only_in_one = connection.execute(
        f"select 1 from (from ours.marts.{table} except all from theirs.marts.{table}) union all "
        f"select 1 from (from theirs.marts.{table} except all from ours.marts.{table}) limit 1"
    ).fetchall()
    ((count,),) = connection.execute(f"select count(*) from ours.marts.{table}").fetchall()
    return count, not only_in_one
