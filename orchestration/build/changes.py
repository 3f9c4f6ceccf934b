"""What changed in `raw` since the last build, and whether it bears on everybody.

A row counts when it differs from the one before it of the same key: a full snapshot that repeats what was
known changes nothing.
"""

from datetime import date

import duckdb

from orchestration.build import same_customers
from orchestration.landing.canonical import canonical_tables
from orchestration.machine.sql import quoted
from orchestration.settings import Policies

# The tables that bear on a customer's MRR, each with what tells its rows apart. A current state is told apart
# without valid_from, which is often the start of the period and may come back.
_KEYS = {
    "customers": "customer_id",
    "crm_merges": "object, merged_id",
    "prices": "price_id",
    "subscriptions": "subscription_id",
    "subscription_items": "subscription_id, item_id, _is_state, case when not _is_state then valid_from end",
    "subscription_changes": "change_id",
    "discounts": "discount_id",
    "coupons": "coupon_id",
    "invoices": "invoice_id",
    "invoice_lines": "invoice_id, line_id",
    "fx_rates": "rate_on, base, quote",
    "identity_links": "customer_id, crm_account_id, valid_from",
}
_OF_BASIS = "_source in (select source_name from intermediate.int_terms__source_bases where mrr_basis = '{}')"
# Where more than a row's content reaches a mart (its file and line, when it was learnt), its arrival counts
# even though it repeats the one before.
_ARRIVAL_COUNTS = {
    "subscription_items": f"not _is_state and {_OF_BASIS.format('items')}",
    "subscription_changes": _OF_BASIS.format("changes"),
    "invoice_lines": _OF_BASIS.format("invoice_lines"),
    # One that still runs after the end that it announces.
    "subscriptions": "_is_deleted or status <> 'ended' and cast(ends_at as timestamp) < _extracted_at",
}
# Whether a source delivers any of these decides how MRR is computed for all of its customers.
_DECISIVE = {
    "subscription_items": "true",
    "subscription_changes": "true",
    "invoice_lines": "true",
    "discounts": "true",
    "invoices": "status = 'paid' and paid_at is not null",
}


def collect_changes(connection: duckdb.DuckDBPyConnection, policies: Policies) -> None:
    """Temporary tables `changed_<table>`: all rows ever delivered of each key that an arrival changed.

    Reads `runs.new_deliveries`. Keys and contents are compared by hash;
    where two keys share one, both are taken.
    """
    arrived = "_delivery_id in (select delivery_id from runs.new_deliveries)"
    for table, key in (_KEYS | same_customers.keys(policies)).items():
        content = ", ".join(quoted(name) for name in canonical_tables()[table].names)
        counts = _ARRIVAL_COUNTS.get(table, "false")
        connection.execute(f"""
            create or replace temporary table changed_{table} as
            with history as (
                select *, hash(_source, {key}) as _key, hash({content}, _is_deleted) as _content
                from raw.{table}
                where hash(_source, {key}) in (select hash(_source, {key}) from raw.{table} where {arrived})
            ),
            compared as (
                select
                    *,
                    {arrived} and (
                        _content is distinct from lag(_content) over (
                            partition by _key order by _extracted_at, _delivery_id, _file, _line nulls first
                        )
                        or {counts}
                    ) as _is_change
                from history
            )
            select * exclude (_content, _is_change) from compared
            where _key in (select _key from compared where _is_change)
        """)


def arrived_late(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether an extract came after a later one of its table, which was compared with the one before it."""
    return bool(
        count(
            connection,
            """(
                select 1 from audit.deliveries as new
                join audit.deliveries as known using (source_name, canonical_table)
                where new.delivery_id in (from runs.new_deliveries)
                    and known.delivery_id in (from runs.built_deliveries)
                    and known.verdict in ('accept', 'warn')
                    and new.extracted_at < known.extracted_at
                    and canonical_table in ('prices', 'subscriptions', 'subscription_items', 'discounts')
            )""",
        )
    )


def bases_may_change(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a source began, or may have ceased, to deliver what decides how its MRR is computed.

    Staging still holds what the last build knew.
    """
    return any(
        count(
            connection,
            f"""(
                select _source
                from changed_{table}
                left join (
                    select source_name, count(*) as held from staging.stg_{table}
                    where {condition} group by source_name
                ) on _source = source_name
                where _delivery_id in (select delivery_id from runs.new_deliveries)
                group by _source, held
                having count(*) filter (where not _is_deleted and {condition}) > 0 and held is null
                    or count(*) filter (where _is_deleted or not ({condition})) >= held
            )""",
        )
        for table, condition in _DECISIVE.items()
        if count(connection, f"changed_{table}")
    )


def first_revalued_day(connection: duckdb.DuckDBPyConnection, until: date) -> date | None:
    """The first day, up to `until`, of which a quote of an exchange rate was added, changed or taken back."""
    found = connection.execute(
        "select min(cast(rate_on as date)) from changed_fx_rates where cast(rate_on as date) <= ?", [until]
    ).fetchall()
    day: date | None = found[0][0]
    return day


def last_first_rate_day(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The day from which on the last build knew a rate of every currency it knew any of."""
    found = connection.execute(
        "select max(first_day) from "
        "(select min(rate_day) as first_day from intermediate.int_fx__day_rates group by currency)"
    ).fetchall()
    day: date | None = found[0][0]
    return day


def count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    """How many rows a table, view or query has."""
    return int(connection.execute(f"select count(*) from {relation}").fetchall()[0][0])
