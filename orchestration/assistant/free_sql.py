"""A query of an assistant's own: one SELECT that asks the tables, in a process that can be ended.

DuckDB looks for its limits between rows: one function of one row may take minutes and gigabytes. So the query
has a process of its own, with what it may use set by the system, and an empty environment.
"""

import json
import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb

from orchestration.assistant.plain import rows_of
from orchestration.errors import QueryFailed, SaasMetricsError
from orchestration.machine.asking import answered
from orchestration.machine.duckdb_files import open_published
from orchestration.machine.limits import Limits

_GRACE = 3.0
"""Seconds to start in, and to say that the time is over."""
_LIMITS = Limits(memory_limit="1GiB", threads=2)
_ADDRESSES = 4 * 1024**3
"""Bytes of memory that the process may ask for, DuckDB's own limit and the libraries in it."""

# They tell of files, settings and other sessions, or run a text as a query, which would get past this list.
_OF_THE_MACHINE = re.compile(
    r"\b(?:duckdb_(?:settings|databases|secrets|extensions|logs\w*|temporary_files|memory|approx\w*|variables"
    r"|prepared\w*|connection\w*|external\w*)"
    r"|pragma_\w+|current_setting|getvariable|query|query_table|which_secret|read_\w+|parquet_\w+|glob"
    r"|sniff_csv|sqlite_master|json_execute_serialized_sql|from_substrait\w*)\"?\s*\(",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"[\s(]*(?:select|with|from|values)\b", re.IGNORECASE)
_COMMENTS = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)


def run_apart(file: Path, query: str, timeout: float) -> dict[str, Any]:
    """The rows of a query on a published file, as an answer holds them.

    Raises QueryFailed where it is wrong, not allowed, or needs more time or memory than it may.
    """
    asked = {
        "file": str(file),
        "query": query,
        "timeout": timeout,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", __name__],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=timeout + _GRACE,
            env={},
            cwd=file.parent,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise QueryFailed(f"The query took longer than {timeout:g} seconds. Ask for less.") from error
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise QueryFailed("The query needs more memory than it may use. Ask for less.") from error
    if refused := told.get("refused"):
        raise QueryFailed(str(refused))
    return told


def _run_here() -> None:
    """Answer the query of standard input on standard output."""
    asked = json.loads(sys.stdin.read())
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))
    try:
        with open_published(Path(asked["file"]), _LIMITS) as connection:
            refuse_what_is_no_question(connection, asked["query"])
            with answered(connection, asked["query"], asked["timeout"]) as (columns, rows):
                told = rows_of(columns, rows)
    except SaasMetricsError as error:
        told = {"refused": str(error)}
    sys.stdout.write(json.dumps(told))


def refuse_what_is_no_question(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Raise QueryFailed unless a text is one SELECT on tables.

    The connection itself reads no other file and writes nothing; this keeps what it says of the machine back.
    """
    try:
        statements = connection.extract_statements(query)
    except duckdb.Error as error:
        raise QueryFailed(f"The query was refused: {error}") from error
    kinds = [statement.type.name for statement in statements]
    if kinds != ["SELECT"] or not _BEGINS.match(_COMMENTS.sub(" ", query)):
        raise QueryFailed("The query was refused: it has to be one SELECT on the tables.")
    for text in (query, _COMMENTS.sub(" ", query), _COMMENTS.sub("", query)):
        if found := _OF_THE_MACHINE.search(text):
            name = found[0].rstrip('(" ')
            raise QueryFailed(f"The query was refused: {name} tells of the machine, or runs a text.")


if __name__ == "__main__":
    _run_here()
