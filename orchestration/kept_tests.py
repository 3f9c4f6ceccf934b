"""The project's data tests as views of the build file, so that a night asks their queries and not dbt.

A build that ended well keeps the query of every test that dbt ran. While settings and files of the project
stay as they are the query does too: what differs from night to night it asks of schema `nights`, as a view
does. dbt runs them again in the build after a change.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb

from orchestration.landing.canonical import literal, quoted

SCHEMA = "tests"


@dataclass(frozen=True)
class TestOutcome:
    """How many rows break a test, or why nobody can tell."""

    name: str
    rows: int | None
    error: str
    seconds: float


def keep_tests(connection: duckdb.DuckDBPyConnection, queries: Mapping[str, str]) -> None:
    """Keep the queries of these tests, by name, and of no others."""
    connection.execute(f"drop schema if exists {SCHEMA} cascade")
    connection.execute(f"create schema {SCHEMA}")
    for name, query in queries.items():
        connection.execute(f"create view {SCHEMA}.{quoted(name)} as {query}")


def kept_tests(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The names of the tests that are kept."""
    rows = connection.execute(
        f"select view_name from duckdb_views() where schema_name = {literal(SCHEMA)}"
    ).fetchall()
    return frozenset(name for (name,) in rows)


def run_tests(connection: duckdb.DuckDBPyConnection) -> Iterator[TestOutcome]:
    """Every kept test."""
    for name in sorted(kept_tests(connection)):
        began = time.perf_counter()
        rows, error = None, ""
        try:
            rows = int(connection.execute(f"select count(*) from {SCHEMA}.{quoted(name)}").fetchall()[0][0])
        except duckdb.Error as raised:
            error = str(raised)
        yield TestOutcome(name, rows, error, time.perf_counter() - began)
