"""Where plain copies of compressed and re-encoded files live while they are read."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb


@contextmanager
def scratch_folder(connection: duckdb.DuckDBPyConnection) -> Iterator[Path]:
    """An empty folder beside the build file, gone at the end.

    One process at a time has the build file open, so what stands there at the start was left by one that was
    killed. A database in memory has no folder: there it is one of the system's.
    """
    (build,) = connection.execute(
        "select path from duckdb_databases() where database_name = current_database()"
    ).fetchall()[0]
    if build is None:
        with tempfile.TemporaryDirectory(prefix="landing-") as folder:
            yield Path(folder)
        return
    scratch = Path(build).with_name("landing")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
