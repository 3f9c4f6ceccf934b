"""Gate results in the audit: a row per expectation and run."""

import json
from datetime import datetime

import duckdb

from orchestration.quality.rule import GateReport

_COLUMNS = """
    run_id varchar, as_of timestamp, gate varchar, suite varchar, expectation varchar, table_name varchar,
    column_name varchar, severity varchar, success boolean, observed varchar, unexpected_count bigint,
    sample varchar, message varchar, accepted boolean
"""


def create_quality_results(connection: duckdb.DuckDBPyConnection) -> None:
    """Make audit.quality_results where it does not exist yet."""
    connection.execute("create schema if not exists audit")
    connection.execute(f"create table if not exists audit.quality_results ({_COLUMNS})")
    # A warehouse of an earlier version has the table without it.
    connection.execute("alter table audit.quality_results add column if not exists accepted boolean")


def record(connection: duckdb.DuckDBPyConnection, report: GateReport, as_of: datetime, run_id: str) -> None:
    """Add a gate's results to audit.quality_results."""
    create_quality_results(connection)
    rows = [
        (
            run_id,
            as_of.replace(tzinfo=None),
            report.gate,
            f"{report.gate}.{result.rule.table}",
            result.rule.name,
            result.rule.table,
            result.rule.column,
            result.rule.severity,
            result.success,
            result.observed,
            result.unexpected_count,
            json.dumps(result.sample),
            result.message,
            result.accepted,
        )
        for result in report.results
    ]
    if rows:
        connection.executemany(f"insert into audit.quality_results values ({', '.join('?' * 14)})", rows)
