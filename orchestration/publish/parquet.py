"""The open marts as Parquet files, in a folder of the release."""

from pathlib import Path

import duckdb

from orchestration.errors import PublishRefused
from orchestration.machine.sql import literal, quoted
from orchestration.publish.manifest import ReleaseManifest

SUFFIX = ".parquet"


def write_parquet(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """The rows of a query as one file; how many they are."""
    copied = f"copy ({query}) to {literal(str(path))} (format parquet, compression zstd)"
    ((rows,),) = connection.execute(copied).fetchall()
    return int(rows)


def export_marts(
    connection: duckdb.DuckDBPyConnection, fresh: Path, folder: Path, release: ReleaseManifest
) -> None:
    """Every mart of a new open file, so that what is withheld there is withheld here.

    Raises PublishRefused when a file does not hold the rows that were built.
    """
    folder.mkdir()
    connection.execute(f"attach {literal(str(fresh))} as fresh (read_only)")
    for mart, rows in release.row_counts.items():
        path = folder / f"{mart}{SUFFIX}"
        write_parquet(connection, f"from fresh.marts.{quoted(mart)}", path)
        counted = connection.execute(f"select count(*) from read_parquet({literal(str(path))})").fetchone()
        if counted != (rows,):
            raise PublishRefused(
                f"{path} does not hold what was built: {counted} instead of {rows} rows. Yesterday's "
                "warehouse stays in force; run again."
            )
    connection.execute("detach fresh")
