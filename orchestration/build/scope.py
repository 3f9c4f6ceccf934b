"""What a run recomputes: everything, or the customers that what arrived and the time that passed affect.

A build that ended well leaves a record of what it was made from (record.py): deliveries, as-of instant,
settings and the project's files. The next run compares. Where something bears on everybody it recomputes
everything; else the affected customers, and everybody's months from one on: the unfinished month of the last
build, or an earlier one in which an exchange rate changed.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from orchestration.build import affected, changes
from orchestration.build.record import fingerprint_of, last_build
from orchestration.build.standing import finance_stands
from orchestration.machine.duckdb_files import open_build
from orchestration.settings import Company, dbt_vars

MOST_AFFECTED = 0.3
"""Where a larger share of the customers is affected, it is cheaper to recompute all of them."""


@dataclass(frozen=True)
class Scope:
    """What a run recomputes, and why."""

    reason: str
    recomputed_from: date | None = None
    """First month of everybody that is recomputed; None where everything is."""
    models_stand: bool = False
    """Whether the last build ended well with the same settings and models: its views and seeds are right."""
    finance_stands: bool = False
    """Whether the tables of finance are right as they are (standing.py)."""
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
    """Compare the build file with what it was last built from; fills the tables of `runs` models read."""
    fingerprint = fingerprint_of(company, as_of)
    return replace(_compared(company, as_of, full_refresh, fingerprint), fingerprint=fingerprint)


def _compared(company: Company, as_of: datetime, full_refresh: bool, fingerprint: str) -> Scope:
    if full_refresh:
        return Scope("a full refresh was asked for")
    with open_build(company) as connection:
        built = last_build(connection)
        if built is None:
            return Scope("there is no finished build to start from")
        built_fingerprint, built_as_of = built
        if fingerprint != built_fingerprint:
            return Scope("settings or models changed")
        if as_of < built_as_of:
            return Scope("the clock was set back", models_stand=True)
        narrowed = _narrowed(connection, company, built_as_of, as_of)
        return replace(narrowed, models_stand=True)


def _narrowed(
    connection: duckdb.DuckDBPyConnection, company: Company, built_as_of: datetime, as_of: datetime
) -> Scope:
    zone = ZoneInfo(company.reporting_timezone)
    today, day = as_of.astimezone(zone).date(), built_as_of.astimezone(zone).date()
    connection.execute(
        "create or replace table runs.new_deliveries as select distinct delivery_id from audit.deliveries "
        "where verdict in ('accept', 'warn') and delivery_id not in (from runs.built_deliveries)"
    )
    if changes.arrived_late(connection):
        return Scope("an extract arrived after a later one")
    changes.collect_changes(connection, company.policies)
    if changes.bases_may_change(connection):
        return Scope("a source began or ceased to deliver what its MRR is computed from")
    if revalued := changes.first_revalued_day(connection, today):
        constant = date.fromisoformat(dbt_vars(company, as_of)["constant_currency_date"])
        if revalued <= max(constant, changes.last_first_rate_day(connection) or today):
            return Scope("the rates of constant currency may have changed")
        day = min(day, revalued)
    customers, all_customers = affected.collect_affected(
        connection,
        built_as_of.replace(tzinfo=None),
        as_of.astimezone(UTC).replace(tzinfo=None),
        company.reporting_currency,
        company.policies,
    )
    counted = f"{customers} of {all_customers} customers were affected"
    if customers > MOST_AFFECTED * all_customers:
        return Scope(counted)
    stands = finance_stands(connection, built_as_of, as_of.astimezone(UTC), zone)
    return Scope(counted, day.replace(day=1), finance_stands=stands)
