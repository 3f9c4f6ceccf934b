"""Connections to DuckDB: the one room that opens a database file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.settings import Company, machine

# Files of 1.4 and later hold what staging and the facts need; the published file has its own, older version.
BUILD_STORAGE = "v1.4.0"
PUBLISHED_STORAGE = "v1.2.0"


@contextmanager
def open_build(company: Company) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build file, for writing. DuckDB lets one process in, so it is open only while a step needs it."""
    company.work.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        str(company.build_file),
        config={
            "memory_limit": machine().memory_limit,
            "threads": machine().threads,
            "temp_directory": str(company.work / "tmp"),
            "preserve_insertion_order": False,
            "storage_compatibility_version": BUILD_STORAGE,
        },
    )
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()


@contextmanager
def open_build_read_only(company: Company) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build file, to look at."""
    connection = duckdb.connect(
        str(company.build_file), read_only=True, config={"threads": machine().threads}
    )
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()


@contextmanager
def open_published(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A published file for whoever may not be trusted with more than its tables.

    Read-only alone would still read any file of the machine and let `COPY TO` write one, so external access
    is off and the configuration locked. Raises ConfigurationError when nothing has been published yet.
    """
    if not path.is_file():
        raise ConfigurationError(
            f"{path} does not exist yet. Publish it first: saas-metrics run --company ..."
        )
    connection = duckdb.connect(
        str(path),
        read_only=True,
        config={
            "enable_external_access": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "memory_limit": machine().memory_limit,
            "threads": machine().threads,
            # With the rest, not afterwards: a second connection of the same process shares the instance.
            "lock_configuration": True,
        },
    )
    try:
        yield connection
    finally:
        connection.close()
