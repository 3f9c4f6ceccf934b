"""What a run brought, held against the last release: before and now of each record that was delivered.

A rule of plausibility reads these tables of schema `runs`, so that what is before and what is now is
decided once. They hold no name, address or text of anybody; forgetting somebody drops them.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType

import duckdb

from orchestration.landing.canonical import canonical_tables
from orchestration.machine.sql import literal, quoted

# The columns that a rule compares, by table.
COMPARED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "customers": ("created_at", "currency", "country", "segment", "acquisition_channel"),
        "subscriptions": ("status", "created_at", "started_at", "ended_at", "currency", "end_reason"),
        "subscription_items": (
            "valid_from", "valid_to", "status", "plan_name", "currency", "unit_amount", "quantity",
            "usage_type", "interval_unit", "interval_count",
        ),
        "subscription_changes": ("subscription_id", "mrr_delta", "currency"),
        "invoices": ("customer_id", "status", "issued_at", "total", "currency"),
        "invoice_lines": ("amount_ex_tax", "currency"),
        "payments": ("customer_id", "amount", "currency", "outcome", "failure_code", "attempted_at"),
        "credit_notes": ("status", "reason"),
        "fx_rates": ("rate",),
        "survey_responses": ("survey", "score", "responded_at"),
        "ad_spend": ("channel", "currency", "amount"),
        "crm_deals": ("created_at", "outcome", "stage", "pipeline", "lost_reason"),
        "crm_leads": ("created_at", "channel"),
        "tickets": ("opened_at", "channel"),
    }
)  # fmt: skip
# What tells one record of a table from another, where that is less than its key: an item has many versions.
KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType({"subscription_items": ("subscription_id", "item_id")})
# A rate is held against its neighbours, so a first one is too; of other tables nothing was there before.
_JUDGED_AT_ONCE = frozenset({"fx_rates"})

_WAS_THERE = "_delivery_id in (from runs.published_deliveries)"


def key_of(table: str) -> tuple[str, ...]:
    """What tells one record of a table from another."""
    return KEYS.get(table, canonical_tables()[table].key)


def write_changes(
    connection: duckdb.DuckDBPyConnection, published: Collection[str], sources: Collection[str]
) -> frozenset[str]:
    """Make runs.published_deliveries, and runs.changes_<table> of each table of which something new came.

    `published` are the deliveries that the release in force was made from; after a rollback, those of an
    earlier one than the last. Returns the tables that have changes; only their rules have something to say.
    """
    connection.execute("create schema if not exists runs")
    connection.execute("create or replace table runs.published_deliveries (delivery_id varchar)")
    connection.execute("insert into runs.published_deliveries select unnest(?::varchar[])", [list(published)])
    named = f"_source in ({', '.join(literal(name) for name in sources)})"
    judged = [table for table in COMPARED if published or table in _JUDGED_AT_ONCE]
    changed = frozenset(table for table in judged if _has_new_rows(connection, table, named))
    for table, columns in COMPARED.items():
        connection.execute(f"drop table if exists runs.changes_{table}")
        if table in changed:
            connection.execute(_changes(table, columns, named))
    return changed


def _has_new_rows(connection: duckdb.DuckDBPyConnection, table: str, named: str) -> bool:
    new = f"select 1 from raw.{quoted(table)} where {named} and not {_WAS_THERE} limit 1"
    return bool(connection.execute(new).fetchall())


def _changes(table: str, columns: tuple[str, ...], named: str) -> str:
    """SQL that makes the table of a table's changes: a row for each record that a new delivery names."""
    key = key_of(table)
    by = ", ".join(("_source", *map(quoted, key)))
    row = ", ".join(f"{quoted(name)} := {_compared(table, name)}" for name in (*columns, "_is_deleted"))
    # The newest version of an item is the one that begins last.
    first = ("valid_from",) if table in KEYS else ()
    version = ", ".join((*first, "_extracted_at", "_delivery_id", "_file", "_line"))
    latest = f"max_by(struct_pack({row}), ({version}))"
    return f"""
        create table runs.changes_{table} as
        with arrived as (
            select distinct {by} from raw.{quoted(table)} where {named} and not {_WAS_THERE}
        )

        select {by}, {latest} as now, {latest} filter (where {_WAS_THERE}) as before
        from raw.{quoted(table)}
        semi join arrived using ({by})
        group by {by}
    """


def _compared(table: str, column: str) -> str:
    """SQL for a column; of one that may hold what somebody wrote, whether it holds anything."""
    if column in canonical_tables()[table].privacy:
        return f"case when {quoted(column)} is not null then 'told' end"
    return quoted(column)
