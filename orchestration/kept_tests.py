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
from orchestration.settings import Company
from orchestration.warehouse import open_build_read_only

SCHEMA = "tests"
SENTENCES = 20


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


def kept_query(name: str) -> str:
    """The query of a kept test."""
    return f"select * from {SCHEMA}.{quoted(name)}"


def sentences_of(company: Company, queries: Mapping[str, str]) -> dict[str, list[str]]:
    """What the rows that break these tests say, by the test's name; the tests whose rows have a `message`."""
    said = {}
    with open_build_read_only(company) as connection:
        for name, query in queries.items():
            if not query:
                continue
            try:
                columns = [row[0] for row in connection.execute(f"describe {query}").fetchall()]
                if "message" in columns:
                    found = f"select message from ({query}) as broken order by message limit {SENTENCES}"
                    said[name] = [str(row[0]) for row in connection.execute(found).fetchall()]
            except duckdb.Error:
                # A test that can't be asked is told with the engine's own words.
                continue
    return {name: sentences for name, sentences in said.items() if sentences}


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
