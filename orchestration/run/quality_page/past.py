"""What the audit tables of the build file tell a quality page: earlier runs, refused rows, sources."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import duckdb

from orchestration.machine.sql import literal
from orchestration.publish.privacy import WITHHELD, may_show_reject

RUNS_SHOWN = 20


class RuleKey(NamedTuple):
    """What names a rule in audit.quality_results."""

    gate: str
    table: str
    name: str


class PastResult(NamedTuple):
    """One rule in one earlier run; `success` is None where it could not be checked."""

    success: bool | None
    unexpected: int


@dataclass(frozen=True)
class Past:
    """The results of the last runs, oldest first."""

    runs: tuple[str, ...]
    results: Mapping[RuleKey, Mapping[str, PastResult]]

    def of(self, key: RuleKey) -> tuple[PastResult | None, ...]:
        """A rule's results run by run; None where a run did not check it."""
        known = self.results.get(key, {})
        return tuple(known.get(run) for run in self.runs)


@dataclass(frozen=True)
class RefusedRows:
    """The refused rows of one source that share a code."""

    source: str
    code: str
    this_run: int
    in_all: int
    said: str
    """The first of their sentences, without what the open file may not hold."""


@dataclass(frozen=True)
class SourceState:
    """One source: when it was last extracted and what was taken from it."""

    name: str
    last_extracted_at: datetime | None
    files: int
    accepted: int
    refused: int
    files_in_all: int


def read_past(connection: duckdb.DuckDBPyConnection) -> Past:
    """The results of the last runs, in the order in which they were recorded."""
    runs = connection.execute(
        "select run_id from audit.quality_results group by run_id order by max(rowid) desc limit ?",
        [RUNS_SHOWN],
    ).fetchall()
    shown = tuple(run for (run,) in reversed(runs))
    rows = connection.execute(
        "select gate, table_name, expectation, run_id, success, unexpected_count from audit.quality_results "
        "where list_contains(?, run_id)",
        [list(shown)],
    ).fetchall()
    results: dict[RuleKey, dict[str, PastResult]] = {}
    for gate, table, name, run, success, unexpected in rows:
        results.setdefault(RuleKey(gate, table, name), {})[run] = PastResult(success, unexpected)
    return Past(shown, results)


def read_refused(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> list[RefusedRows]:
    """The refused rows by source and code, those of this run's deliveries counted apart."""
    rows = connection.execute(
        f"""
        select
            source_name, code, count(*) filter (where loaded_at = $as_of), count(*),
            arg_min(
                case when {may_show_reject()} then message else {literal(WITHHELD)} end,
                (loaded_at != $as_of, file, coalesce(line, 0))
            )
        from audit.rejects
        group by source_name, code
        order by 3 desc, 4 desc, source_name, code
        """,
        {"as_of": as_of.replace(tzinfo=None)},
    ).fetchall()
    return [RefusedRows(*row) for row in rows]


def read_sources(
    connection: duckdb.DuckDBPyConnection, names: list[str], as_of: datetime
) -> list[SourceState]:
    """Every configured source, in the order of the company file."""
    rows = connection.execute(
        """
        select
            source_name, max(extracted_at) filter (where verdict in ('accept', 'warn')),
            count(distinct file) filter (where loaded_at = $as_of),
            coalesce(sum(rows_accepted) filter (where loaded_at = $as_of), 0),
            coalesce(sum(rows_rejected) filter (where loaded_at = $as_of), 0),
            count(distinct file)
        from audit.deliveries
        group by source_name
        """,
        {"as_of": as_of.replace(tzinfo=None)},
    ).fetchall()
    known = {row[0]: SourceState(*row) for row in rows}
    return [known.get(name, SourceState(name, None, 0, 0, 0, 0)) for name in names]
