"""Which customers the changed rows of `raw` and the passed time affect.

Whoever any delivery ever named beside an affected customer (on a subscription, in a merge, as the same
customer elsewhere) is affected too, so that a customer and what it was or becomes are recomputed together.
"""

from datetime import datetime

import duckdb

from orchestration.build import same_customers
from orchestration.build.changes import count
from orchestration.settings import Policies

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


def collect_affected(
    connection: duckdb.DuckDBPyConnection,
    built_as_of: datetime,
    as_of: datetime,
    reporting_currency: str,
    policies: Policies,
) -> tuple[int, int]:
    """Fill `runs.affected_customers` and `runs.affected_subscriptions`; how many are affected, and all.

    Affected are those that changed rows mention, those whose states begin or end in the time that passed
    (both instants without a zone, UTC), those who moved in another currency on days whose rate changed (a
    quote holds for at most `fx_max_age_days`), those of whom it was said or became true that they are one
    customer, and everybody that is linked to them.
    """
    connection.execute("create or replace table runs.affected_customers (id varchar)")
    connection.execute("create or replace table runs.affected_subscriptions (id varchar)")
    connection.execute(f"create or replace temporary view mentions as {_MENTIONS}")
    connection.execute(f"create or replace temporary view links as {_LINKS}")
    connection.execute("create or replace temporary table mentioned as select distinct * from mentions")
    _add(connection, "customers", "select _source || ':' || customer_id from mentioned")
    _add(connection, "subscriptions", "select _source || ':' || subscription_id from mentioned")
    _add(
        connection,
        "customers",
        "select customer_id from intermediate.int_states__item_states "
        "where start_at > $since and start_at <= $until or end_at > $since and end_at <= $until",
        {"since": built_as_of, "until": as_of},
    )
    _add(
        connection,
        "customers",
        "select customer_id from intermediate.int_movements__customer_currency_days "
        "where currency <> $currency and effective_date in (select "
        "cast(rate_on as date) + cast(unnest(range($days + 1)) as integer) from changed_fx_rates)",
        {"currency": reporting_currency, "days": policies.fx_max_age_days},
    )
    same_customers.collect_said(connection, policies)
    _add(
        connection,
        "customers",
        f"select customer_id from said where common in ({same_customers.changed_names(policies)})",
        {"since": built_as_of, "until": as_of},
    )
    while _spread(connection):
        pass
    return count(connection, "runs.affected_customers"), count(
        connection, "intermediate.int_customers__customers"
    )


def _spread(connection: duckdb.DuckDBPyConnection) -> int:
    """Add whoever is linked to the affected; how many were added."""
    steps = {
        "select _source || ':' || customer_id from links "
        "where _source || ':' || subscription_id in (from runs.affected_subscriptions)": "customers",
        "select _source || ':' || survivor_id from raw.crm_merges "
        "where _source || ':' || merged_id in (from runs.affected_customers)": "customers",
        "select _source || ':' || merged_id from raw.crm_merges "
        "where _source || ':' || survivor_id in (from runs.affected_customers)": "customers",
        "select others.customer_id from said join said as others using (common) "
        "where said.customer_id in (from runs.affected_customers)": "customers",
        "select _source || ':' || subscription_id from links "
        "where _source || ':' || customer_id in (from runs.affected_customers)": "subscriptions",
        # Lines that name no subscription stand for one that is called after the customer.
        "select id from runs.affected_customers": "subscriptions",
    }
    return sum(_add(connection, kind, query) for query, kind in steps.items())


def _add(
    connection: duckdb.DuckDBPyConnection, kind: str, query: str, values: dict[str, object] | None = None
) -> int:
    added = connection.execute(
        f"insert into runs.affected_{kind} select distinct id from ({query}) as found (id) "
        f"where id is not null and id not in (select id from runs.affected_{kind})",
        values,
    ).fetchall()
    return int(added[0][0])
