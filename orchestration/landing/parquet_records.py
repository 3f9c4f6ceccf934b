"""Parquet records: typed columns written as text."""

from collections.abc import Iterable

import duckdb

from orchestration.landing.findings import FileRefused, Finding
from orchestration.landing.headers import normalised
from orchestration.landing.inspection import Inspected
from orchestration.landing.records import Loaded, create
from orchestration.machine.sql import literal, quoted


def parquet_types(connection: duckdb.DuckDBPyConnection, inspected: Inspected) -> list[tuple[str, str]]:
    """Name and type of every column. Raises FileRefused."""
    try:
        source = f"read_parquet({literal(str(inspected.text))})"
        return [(row[0], row[1]) for row in connection.execute(f"describe select * from {source}").fetchall()]
    except duckdb.Error as error:
        message = f"{inspected.path.name} is not a readable Parquet file ({error})."
        raise FileRefused(Finding("F12", message)) from error


def load_parquet(
    connection: duckdb.DuckDBPyConnection,
    inspected: Inspected,
    header: tuple[str, ...],
    fields: Iterable[str],
    table: str,
) -> Loaded:
    """Load columns of a Parquet file as text; instants with a zone are written in UTC. Raises FileRefused."""
    columns = zip(header, parquet_types(connection, inspected), strict=True)
    types = {normalised(name): column for name, column in columns}
    wanted = {field: types[normalised(field)] for field in fields if normalised(field) in types}
    source = f"read_parquet({literal(str(inspected.text))})"
    texts = [f"{_parquet_text(name, kind)} as c{index}" for index, (name, kind) in enumerate(wanted.values())]
    rows = create(connection, table, f"select {', '.join(texts) or '1 as c0'} from {source}")
    if rows is None:
        raise FileRefused(Finding("F12", f"{inspected.path.name} is damaged. Export it again."))
    places = {field: f"c{index}" for index, field in enumerate(wanted)}
    return Loaded(table, places, rows, 1, None)


def _parquet_text(name: str, kind: str) -> str:
    column = quoted(name)
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"cast(timezone('UTC', {column}) as varchar) || 'Z'"
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP")):
        return f"cast(to_json({column}) as varchar)"
    return f"cast({column} as varchar)"
