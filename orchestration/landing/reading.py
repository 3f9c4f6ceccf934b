"""A sound file of any declared type as a temporary table of text, one row per record."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from orchestration.landing.csv_records import load_csv
from orchestration.landing.headers import read_header
from orchestration.landing.inspection import Inspected
from orchestration.landing.json_records import load_json, unwrap
from orchestration.landing.language import Format, SourceMapping
from orchestration.landing.parquet_records import load_parquet, parquet_types
from orchestration.landing.records import Loaded


def read_file_header(
    connection: duckdb.DuckDBPyConnection, inspected: Inspected, layout: Format
) -> tuple[str, ...]:
    """The column names of a CSV or Parquet file; none for JSON. Raises FileRefused."""
    if layout.type == "csv":
        return read_header(inspected, layout)
    if layout.type == "parquet":
        return tuple(name for name, _ in parquet_types(connection, inspected))
    return ()


def load(
    connection: duckdb.DuckDBPyConnection,
    inspected: Inspected,
    layout: Format,
    header: tuple[str, ...],
    fields: Iterable[str],
    needed: Sequence[tuple[str, ...]],
    table: str,
    scratch: Path,
    mapping: SourceMapping,
) -> Loaded:
    """Load a file of any declared type into the temporary table `table`. Raises FileRefused.

    `header` has the names that the mapping's fields have; a row has a value for one of each of `needed`.
    """
    prefix = mapping.prefix
    if prefix is not None:
        plain = mapping.model_copy(update={"prefix": None})
        outer = load(connection, inspected, layout, header, [prefix], [], f"{table}_outer", scratch, plain)
        return unwrap(connection, inspected, outer, prefix, fields, table)
    if layout.type == "csv":
        return load_csv(connection, inspected, layout, header, fields, needed, table, scratch)
    if layout.type == "parquet":
        return load_parquet(connection, inspected, header, fields, table)
    return load_json(connection, inspected, layout, fields, table, mapping.pages)
