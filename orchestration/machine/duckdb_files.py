"""Connections to DuckDB: the one room that opens a database file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import duckdb

from orchestration.errors import ConfigurationError, DamagedFile, RunLocked
from orchestration.machine.disk import private_folder
from orchestration.machine.limits import Limits

# Files of 1.4 and later hold what staging and the facts need; the published file has its own, older version.
BUILD_STORAGE = "v1.4.0"
PUBLISHED_STORAGE = "v1.2.0"

_DEFAULTS = Limits()

# DuckDB has no type of error of its own for a file that another process holds.
_HELD = "Could not set lock"
# The bytes that a file has before its first row.
_HEADERS = 3 * 4096
# Nor for one whose bytes are not those that it wrote.
_DAMAGED = (
    "not a valid DuckDB database file",
    "Corrupt database file",
    "could not read enough bytes",
    "Could not read enough bytes",
    "Failure while replaying WAL",
    "database has been invalidated",
    "Failed to deserialize",
    "Deserializ",
)


class BuildFile(Protocol):
    """What is known of the build file: where it lies, the folder it works in, and what it may use."""

    @property
    def work(self) -> Path:
        """The folder that only its owner opens."""

    @property
    def build_file(self) -> Path:
        """The file itself."""

    @property
    def pointer(self) -> Path:
        """The link to what was published from it: none where no run came so far."""

    @property
    def limits(self) -> Limits:
        """Memory and threads."""


@contextmanager
def open_build(company: BuildFile) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build file, for writing. DuckDB lets one process in, so it is open only while a step needs it."""
    private_folder(company.work)
    _begin_anew(company)
    config = {
        "memory_limit": company.limits.memory_limit,
        "threads": company.limits.threads,
        "temp_directory": str(company.work / "tmp"),
        "preserve_insertion_order": False,
        "storage_compatibility_version": BUILD_STORAGE,
    }
    with _connected(company.build_file, config) as connection:
        # Everything that was delivered is in it, names and addresses included.
        company.build_file.chmod(0o600)
        connection.execute("set timezone = 'UTC'")
        yield connection


def settle_build(company: BuildFile) -> None:
    """Bring what a killed run left in the log into the build file, where there is one.

    Whoever puts another file in its place calls this first: the log would be replayed into the new one.
    """
    if company.build_file.is_file():
        with open_build(company) as connection:
            connection.execute("checkpoint")


@contextmanager
def open_new(company: BuildFile, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A new file that is to become the build file."""
    private_folder(company.work)
    config = {
        "threads": company.limits.threads,
        "memory_limit": company.limits.memory_limit,
        "storage_compatibility_version": BUILD_STORAGE,
    }
    with _connected(path, config) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


def remove_database(path: Path) -> None:
    """Remove a database file and its log, which would be replayed into the next file of that name."""
    path.unlink(missing_ok=True)
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)


def _begin_anew(company: BuildFile) -> None:
    """Remove a file that a killed first run had not finished making: it never held a row."""
    path = company.build_file
    if path.is_file() and path.stat().st_size < _HEADERS and not company.pointer.is_symlink():
        remove_database(path)


@contextmanager
def open_build_read_only(company: BuildFile) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build file, to look at."""
    config = {"threads": company.limits.threads}
    with _connected(company.build_file, config, read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


@contextmanager
def open_landed(company: BuildFile) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build file, to look at what has landed. Raises ConfigurationError where nothing has."""
    build_must_exist(company)
    with open_build_read_only(company) as connection:
        # A first run that ended before its landing leaves a file without tables; this one is made last.
        if not has_table(connection, "audit", "rejects"):
            raise ConfigurationError(f"{company.build_file} holds nothing yet. Run saas-metrics run first.")
        yield connection


def has_table(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, database: str | None = None
) -> bool:
    """Whether a file has a table, the connection's own or one that is attached.

    A build file that lacks one comes from an earlier version, or from no run.
    """
    query = (
        "select 1 from duckdb_tables() "
        "where database_name = coalesce(?, current_database()) and schema_name = ? and table_name = ?"
    )
    return bool(connection.execute(query, [database, schema, table]).fetchall())


def build_must_exist(company: BuildFile) -> None:
    """Raise ConfigurationError where no run has made the build file."""
    if not company.build_file.is_file():
        raise ConfigurationError(f"{company.build_file} does not exist yet. Run saas-metrics run first.")


def must_be_published(path: Path) -> None:
    """Raise ConfigurationError where nothing has been published yet."""
    if not path.is_file():
        raise ConfigurationError(
            f"{path} does not exist yet. Publish it first: saas-metrics run --company ..."
        )


@contextmanager
def open_published(path: Path, limits: Limits = _DEFAULTS) -> Iterator[duckdb.DuckDBPyConnection]:
    """A published file for whoever may not be trusted with more than its tables.

    Read-only alone would still read any file of the machine and let `COPY TO` write one, so external access
    is off and the configuration locked. A table without a schema is one of marts. Raises ConfigurationError
    when nothing has been published yet.
    """
    must_be_published(path)
    config = {
        "enable_external_access": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "memory_limit": limits.memory_limit,
        "threads": limits.threads,
        # With the rest, not afterwards: a second connection of the same process shares the instance.
        "lock_configuration": True,
    }
    with _connected(path, config, read_only=True) as connection:
        if connection.execute("select 1 from duckdb_schemas() where schema_name = 'marts'").fetchall():
            connection.execute("use marts")
        yield connection


@contextmanager
def open_for_export(path: Path, limits: Limits = _DEFAULTS) -> Iterator[duckdb.DuckDBPyConnection]:
    """A published file for the product itself, which writes rows of it to files of its own."""
    must_be_published(path)
    with _connected(
        path, {"memory_limit": limits.memory_limit, "threads": limits.threads}, read_only=True
    ) as connection:
        yield connection


@contextmanager
def _connected(
    path: Path, config: dict[str, Any], read_only: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        connection = duckdb.connect(str(path), read_only=read_only, config=config)
    except duckdb.Error as error:
        if _HELD in str(error):
            raise RunLocked(
                f"{path} is open in another process. Wait for it to end and run again."
            ) from error
        stop_if_damaged(str(error), path)
        raise
    try:
        yield connection
    except duckdb.Error as error:
        stop_if_damaged(str(error), path)
        raise
    finally:
        connection.close()


def stop_if_damaged(said: str, path: Path) -> None:
    """Raise DamagedFile where DuckDB says that a file is not what was written to it."""
    if any(sign in said for sign in _DAMAGED):
        raise DamagedFile(
            f"{path} is damaged ({said.splitlines()[0]}). What is published stays readable. A build file "
            "comes back by saas-metrics restore, a kept release by saas-metrics rollback to another; "
            "docs/operations.md says how, also without a backup."
        )
