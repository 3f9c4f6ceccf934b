"""Which customers the rows that arrived since the last build bear on, found in `raw` itself.

A row counts when it differs from the one before it of the same key: a full snapshot that repeats what was
known touches nobody. Whoever any delivery ever named beside a touched customer (on a subscription, in a
merge, as the same customer elsewhere) is touched too, so that a customer and what it was or becomes are
recomputed together.
"""

from datetime import date, datetime

import duckdb

from orchestration import same_customers
from orchestration.landing.canonical import canonical_tables, quoted
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
_OF_BASIS = "_source in (select source_name from intermediate.int_mrr__source_bases where mrr_basis = '{}')"
# Where more than a row's content reaches a mart (its file and line, when it was learnt), its arrival counts
# even though it repeats the one before.
_ARRIVAL_COUNTS = {
    "subscription_items": f"not _is_state and {_OF_BASIS.format('items')}",
    "subscription_changes": _OF_BASIS.format("changes"),
    "invoice_lines": _OF_BASIS.format("invoice_lines"),
    "subscriptions": "_is_deleted",
}
# Whether a source delivers any of these decides how MRR is computed for all of its customers.
_DECISIVE = {
    "subscription_items": "true",
    "subscription_changes": "true",
    "invoice_lines": "true",
    "discounts": "true",
    "invoices": "status = 'paid' and paid_at is not null",
}
_MENTIONS = """
    select _source, customer_id, null as subscription_id from changed_customers
    union all select _source, unnest([merged_id, survivor_id]), null from changed_crm_merges
    union all select _source, customer_id, subscription_id from changed_subscriptions
    union all select _source, customer_id, subscription_id from changed_subscription_items
    union all select _source, customer_id, subscription_id from changed_subscription_changes
    union all select _source, customer_id, subscription_id from changed_invoices
    union all select _source, null, subscription_id from changed_invoice_lines
    union all select _source, customer_id, subscription_id from raw.invoices
        semi join changed_invoice_lines using (_source, invoice_id)
    union all select _source, customer_id, subscription_id from changed_discounts
    union all select _source, item_id, item_id from changed_discounts
    union all select _source, customer_id, subscription_id from raw.discounts
        semi join changed_coupons using (_source, coupon_id)
    union all select items._source, null, items.subscription_id
        from raw.discounts as discounts
        semi join changed_coupons using (_source, coupon_id)
        join raw.subscription_items as items
            on discounts._source = items._source and discounts.item_id = items.item_id
    union all select _source, null, subscription_id from raw.subscription_items
        semi join changed_discounts using (_source, item_id)
    union all select _source, null, subscription_id from raw.subscription_changes
        semi join changed_discounts using (_source, item_id)
    union all select _source, null, subscription_id from raw.invoice_lines
        semi join changed_discounts using (_source, item_id)
    union all select lines._source, null, lines.subscription_id
        from raw.invoice_lines as lines
        semi join changed_discounts as discounts
            on lines._source = discounts._source and lines.price_id = discounts.item_id
    union all select _source, null, subscription_id from raw.subscription_items
        semi join changed_prices using (_source, price_id)
    union all select _source, null, subscription_id from raw.subscription_changes
        semi join changed_prices using (_source, price_id)
    union all select lines._source, invoices.customer_id, lines.subscription_id
        from raw.invoice_lines as lines
        semi join changed_prices as prices
            on lines._source = prices._source and lines.price_id = prices.price_id
        join raw.invoices as invoices
            on lines._source = invoices._source and lines.invoice_id = invoices.invoice_id
"""
_LINKS = """
    select _source, customer_id, subscription_id from raw.subscription_items where customer_id is not null
    union all select _source, customer_id, subscription_id from raw.subscriptions
    union all select _source, customer_id, subscription_id from raw.subscription_changes
    union all select _source, customer_id, subscription_id from raw.invoices where subscription_id is not null
    union all select invoices._source, invoices.customer_id, lines.subscription_id
        from raw.invoices as invoices
        join raw.invoice_lines as lines
            on invoices._source = lines._source and invoices.invoice_id = lines.invoice_id
        where lines.subscription_id is not null
"""


def collect_changes(connection: duckdb.DuckDBPyConnection, policies: Policies) -> None:
    """Temporary tables `changed_<table>`: all rows ever delivered of each key that an arrival changed.

    Reads `nights.new_deliveries`. Keys and contents are compared by hash;
    where two keys share one, both are taken.
    """
    arrived = "_delivery_id in (select delivery_id from nights.new_deliveries)"
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
        _count(
            connection,
            """(
                select 1 from audit.deliveries as new
                join audit.deliveries as known using (source_name, canonical_table)
                where new.delivery_id in (from nights.new_deliveries)
                    and known.delivery_id in (from nights.built_deliveries)
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
        _count(
            connection,
            f"""(
                select _source
                from changed_{table}
                left join (
                    select source_name, count(*) as held from staging.stg_{table}
                    where {condition} group by source_name
                ) on _source = source_name
                where _delivery_id in (select delivery_id from nights.new_deliveries)
                group by _source, held
                having count(*) filter (where not _is_deleted and {condition}) > 0 and held is null
                    or count(*) filter (where _is_deleted or not ({condition})) >= held
            )""",
        )
        for table, condition in _DECISIVE.items()
        if _count(connection, f"changed_{table}")
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
        "(select min(rate_day) as first_day from intermediate.int_mrr__fx_days group by currency)"
    ).fetchall()
    day: date | None = found[0][0]
    return day


def collect_touched(
    connection: duckdb.DuckDBPyConnection,
    built_as_of: datetime,
    as_of: datetime,
    reporting_currency: str,
    policies: Policies,
) -> tuple[int, int]:
    """Fill `nights.touched_customers` and `nights.touched_subscriptions`; the touched and all the customers.

    Touched are those that changed rows mention, those whose states begin or end in the time that passed
    (both instants without a zone, UTC), those who moved in another currency on days whose rate changed (a
    quote holds for at most `fx_max_age_days`), those of whom it was said or became true that they are one
    customer, and everybody that is linked to them.
    """
    connection.execute("create or replace table nights.touched_customers (id varchar)")
    connection.execute("create or replace table nights.touched_subscriptions (id varchar)")
    connection.execute(f"create or replace temporary view mentions as {_MENTIONS}")
    connection.execute(f"create or replace temporary view links as {_LINKS}")
    connection.execute("create or replace temporary table mentioned as select distinct * from mentions")
    _touch(connection, "customers", "select _source || ':' || customer_id from mentioned")
    _touch(connection, "subscriptions", "select _source || ':' || subscription_id from mentioned")
    _touch(
        connection,
        "customers",
        "select customer_id from intermediate.int_mrr__item_states "
        "where start_at > $since and start_at <= $until or end_at > $since and end_at <= $until",
        {"since": built_as_of, "until": as_of},
    )
    _touch(
        connection,
        "customers",
        "select customer_id from intermediate.int_mrr__customer_currency_days "
        "where currency <> $currency and effective_date in (select "
        "cast(rate_on as date) + cast(unnest(range($days + 1)) as integer) from changed_fx_rates)",
        {"currency": reporting_currency, "days": policies.fx_max_age_days},
    )
    same_customers.collect_said(connection, policies)
    _touch(
        connection,
        "customers",
        f"select customer_id from said where common in ({same_customers.changed_names(policies)})",
        {"since": built_as_of, "until": as_of},
    )
    while _spread(connection):
        pass
    return _count(connection, "nights.touched_customers"), _count(
        connection, "intermediate.int_mrr__customers"
    )


def _spread(connection: duckdb.DuckDBPyConnection) -> int:
    """Touch whoever is linked to the touched; how many were added."""
    steps = {
        "select _source || ':' || customer_id from links "
        "where _source || ':' || subscription_id in (from nights.touched_subscriptions)": "customers",
        "select _source || ':' || survivor_id from raw.crm_merges "
        "where _source || ':' || merged_id in (from nights.touched_customers)": "customers",
        "select _source || ':' || merged_id from raw.crm_merges "
        "where _source || ':' || survivor_id in (from nights.touched_customers)": "customers",
        "select others.customer_id from said join said as others using (common) "
        "where said.customer_id in (from nights.touched_customers)": "customers",
        "select _source || ':' || subscription_id from links "
        "where _source || ':' || customer_id in (from nights.touched_customers)": "subscriptions",
        # Lines that name no subscription stand for one that is called after the customer.
        "select id from nights.touched_customers": "subscriptions",
    }
    return sum(_touch(connection, kind, query) for query, kind in steps.items())


def _touch(
    connection: duckdb.DuckDBPyConnection, kind: str, query: str, values: dict[str, object] | None = None
) -> int:
    added = connection.execute(
        f"insert into nights.touched_{kind} select distinct id from ({query}) as found (id) "
        f"where id is not null and id not in (select id from nights.touched_{kind})",
        values,
    ).fetchall()
    return int(added[0][0])


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(connection.execute(f"select count(*) from {relation}").fetchall()[0][0])
