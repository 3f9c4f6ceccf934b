"""What a night recomputes: everything, or the customers that what arrived and the passed time touched.

A build that ended well leaves in schema `nights` of the build file what it was made from: deliveries, as-of
instant, settings and the project's files. The next night compares. Where something bears on everybody it
recomputes everything; else the touched customers, and everybody's months from one on: the unfinished month
of the last build, or an earlier one in which an exchange rate changed.
Every dbt run on the file first drops that record (`on-run-start`): what is left half-built is not trusted.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from importlib import metadata
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from orchestration import touched
from orchestration.landing.canonical import CONTRACT
from orchestration.project import PROJECT
from orchestration.settings import Company, dbt_vars
from orchestration.warehouse import open_build

MOST_TOUCHED = 0.3
"""Where a larger share of the customers is touched, it is cheaper to recompute all of them."""
_PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb")


@dataclass(frozen=True)
class Scope:
    """What a night recomputes, and why."""

    reason: str
    recomputed_from: date | None = None
    """First month of everybody that is recomputed; None where everything is."""
    models_stand: bool = False
    """Whether the last build ended well with the same settings and models: its views and seeds are right."""
    fingerprint: str = field(default="", compare=False)
    """Of settings and project as they were before the build began; one of them may change during it."""

    @property
    def variables(self) -> dict[str, Any]:
        """The scope as dbt vars."""
        return {
            "recomputed_from": self.recomputed_from and self.recomputed_from.isoformat(),
            "models_stand": self.models_stand,
        }


def find_scope(company: Company, as_of: datetime, full_refresh: bool) -> Scope:
    """Compare the build file with what it was last built from; fills the tables of `nights` models read."""
    fingerprint = fingerprint_of(company, as_of)
    return replace(_compared(company, as_of, full_refresh, fingerprint), fingerprint=fingerprint)


def _compared(company: Company, as_of: datetime, full_refresh: bool, fingerprint: str) -> Scope:
    if full_refresh:
        return Scope("a full refresh was asked for")
    with open_build(company) as connection:
        built = _built(connection)
        if built is None:
            return Scope("there is no finished build to start from")
        built_fingerprint, built_as_of = built
        if fingerprint != built_fingerprint:
            return Scope("settings or models changed")
        if as_of < built_as_of:
            return Scope("the clock was set back", models_stand=True)
        narrowed = _narrowed(connection, company, built_as_of, as_of)
        return replace(narrowed, models_stand=True)


def fingerprint_of(company: Company, as_of: datetime) -> str:
    """A hash of the settings and of the files and packages that turn `raw` into marts; not of the clock."""
    settings = {name: value for name, value in dbt_vars(company, as_of).items() if name != "as_of"}
    digested = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for package in _PACKAGES:
        digested.update(f"\0{package} {metadata.version(package)}".encode())
    folders = (PROJECT / name for name in ("models", "macros", "seeds", "tests/dbt"))
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    digested.update(b"\0canonical.yml\0" + CONTRACT.read_bytes())
    for path in [PROJECT / "dbt_project.yml", *files]:
        digested.update(f"\0{path.relative_to(PROJECT)}\0".encode() + path.read_bytes())
    return digested.hexdigest()


def record_build(company: Company, as_of: datetime, fingerprint: str) -> None:
    """Remember what the build that has just ended well was made from."""
    with open_build(company) as connection:
        connection.execute("create schema if not exists nights")
        connection.execute(
            "create or replace table nights.built_deliveries as select distinct delivery_id "
            "from audit.deliveries where verdict in ('accept', 'warn')"
        )
        connection.execute(
            "create or replace table nights.built as select ? as fingerprint, cast(? as timestamp) as as_of",
            [fingerprint, as_of.astimezone(UTC).replace(tzinfo=None)],
        )


def forget_build(connection: duckdb.DuckDBPyConnection) -> None:
    """Have the next night recompute everything: of this build a rule is broken.

    Some rules look only at what a night recomputes, because the rest held on the night that made it.
    """
    connection.execute("drop table if exists nights.built")


def _built(connection: duckdb.DuckDBPyConnection) -> tuple[str, datetime] | None:
    if not connection.execute(
        "select 1 from duckdb_tables() where schema_name = 'nights' and table_name = 'built'"
    ).fetchall():
        return None
    fingerprint, as_of = connection.execute("select fingerprint, as_of from nights.built").fetchall()[0]
    return fingerprint, as_of.replace(tzinfo=UTC)


def _narrowed(
    connection: duckdb.DuckDBPyConnection, company: Company, built_as_of: datetime, as_of: datetime
) -> Scope:
    zone = ZoneInfo(company.reporting_timezone)
    today, day = as_of.astimezone(zone).date(), built_as_of.astimezone(zone).date()
    connection.execute(
        "create or replace table nights.new_deliveries as select distinct delivery_id from audit.deliveries "
        "where verdict in ('accept', 'warn') and delivery_id not in (from nights.built_deliveries)"
    )
    if touched.arrived_late(connection):
        return Scope("an extract arrived after a later one")
    touched.collect_changes(connection, company.policies)
    if touched.bases_may_change(connection):
        return Scope("a source began or ceased to deliver what its MRR is computed from")
    if revalued := touched.first_revalued_day(connection, today):
        constant = date.fromisoformat(dbt_vars(company, as_of)["constant_currency_date"])
        if revalued <= max(constant, touched.last_first_rate_day(connection) or today):
            return Scope("the rates of constant currency may have changed")
        day = min(day, revalued)
    customers, all_customers = touched.collect_touched(
        connection,
        built_as_of.replace(tzinfo=None),
        as_of.astimezone(UTC).replace(tzinfo=None),
        company.reporting_currency,
        company.policies,
    )
    counted = f"{customers} of {all_customers} customers were touched"
    if customers > MOST_TOUCHED * all_customers:
        return Scope(counted)
    return Scope(counted, day.replace(day=1))
