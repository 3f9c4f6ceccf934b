"""The simulated company as Fivetran lands its Stripe account: one look, at the end of its time.

The objects are those that the API shows (`orchestration.synthetic.dialects.stripe`, version 2022-11-15),
taken apart into the tables and the columns that both fivetran/dbt_stripe and our mapping `stripe_fivetran`
read. Tables of which the simulation tells nothing (payouts, transfers, cards, ...) are left out: dbt_stripe
makes them empty.
"""

import json
from pathlib import Path

import duckdb

from orchestration.synthetic.canonical import write_canonical
from orchestration.synthetic.company import simulate
from orchestration.synthetic.dialects.stripe import Stripe
from orchestration.synthetic.nights import Archive

SYNCED = "timestamp '2025-07-01' as _fivetran_synced"
# What each table holds, from the objects of the API; `utc(seconds)` is an instant.
TABLES = {
    "account": f"""
        select 'acct_1' as id, {SYNCED}, utc(0) as created, 'FR' as country, 'eur' as default_currency
    """,
    "customer": f"""
        select
            id, {SYNCED}, utc(created) as created, currency, email, name, address.country as address_country,
            livemode, false as is_deleted, 0 as balance, false as delinquent
        from customers
    """,
    "product": f"""
        select distinct on (product.id)
            product.id, {SYNCED}, product.name, true as active, false as is_deleted, true as livemode
        from prices order by product.id, id
    """,
    "price": f"""
        select
            id, {SYNCED}, active, billing_scheme, utc(0) as created, currency, nickname,
            product.id as product_id,
            recurring.interval as recurring_interval, recurring.interval_count as recurring_interval_count,
            recurring.usage_type as recurring_usage_type, tiers_mode, type, unit_amount, unit_amount_decimal,
            false as is_deleted, true as livemode
        from prices
    """,
    "tier": """
        select
            id as price_id, generate_subscripts(tiers, 1) as index, unnest(tiers).up_to as up_to,
            unnest(tiers).unit_amount as unit_amount, unnest(tiers).flat_amount as flat_amount,
            unnest(tiers).unit_amount_decimal as unit_amount_decimal
        from prices where tiers is not null
    """,
    "subscription": f"""
        select
            id, {SYNCED}, customer as customer_id, status, currency, collection_method,
            collection_method as billing, utc(created) as created, utc(start_date) as start_date,
            utc(trial_start) as trial_start, utc(trial_end) as trial_end, utc(canceled_at) as canceled_at,
            utc(ended_at) as ended_at, utc(cancel_at) as cancel_at, cancel_at_period_end,
            utc(current_period_start) as current_period_start, utc(current_period_end) as current_period_end,
            pause_collection.behavior as pause_collection_behavior,
            utc(pause_collection.resumes_at) as pause_collection_resumes_at, livemode,
            cancellation_details.reason as cancellation_details_reason,
            cancellation_details.feedback as cancellation_details_feedback
        from subscriptions
    """,
    "subscription_item": f"""
        select
            item.id, {SYNCED}, subscription_id, item.price.id as plan_id, item.quantity,
            utc(item.created) as created, current_period_start, current_period_end
        from (
            select
                id as subscription_id, unnest(items.data) as item,
                utc(current_period_start) as current_period_start,
                utc(current_period_end) as current_period_end
            from subscriptions
        )
    """,
    "coupon": f"""
        select distinct on (coupon.id)
            coupon.id, {SYNCED}, coupon.percent_off, coupon.amount_off, coupon.currency, coupon.duration,
            coupon.duration_in_months, true as valid, true as livemode
        from discounts order by coupon.id, id
    """,
    "subscription_discount": f"""
        select
            id, {SYNCED}, subscription as subscription_id, customer as customer_id, coupon.id as coupon_id,
            utc(start) as start, utc("end") as "end"
        from discounts where subscription is not null
    """,
    "customer_discount": f"""
        select
            id, {SYNCED}, customer as customer_id, coupon.id as coupon_id,
            utc(start) as start, utc("end") as "end"
        from discounts where subscription is null
    """,
    "invoice": f"""
        select
            id, {SYNCED}, number, customer as customer_id, subscription as subscription_id,
            charge as charge_id, currency, status, status = 'paid' as paid, billing_reason,
            utc(created) as created,
            utc(due_date) as due_date, subtotal, tax, total, amount_due, amount_paid, amount_remaining,
            attempt_count, utc(next_payment_attempt) as next_payment_attempt, livemode, false as is_deleted,
            utc(status_transitions.finalized_at) as status_transitions_finalized_at,
            utc(status_transitions.paid_at) as status_transitions_paid_at,
            utc(status_transitions.voided_at) as status_transitions_voided_at,
            utc(status_transitions.marked_uncollectible_at) as status_transitions_marked_uncollectible_at
        from invoices
    """,
    "invoice_line_item": f"""
        select
            line.id, {SYNCED}, invoice_id, line.id as unique_id, line.amount, line.currency, line.description,
            livemode, utc(line.period.start) as period_start, utc(line.period."end") as period_end,
            line.price.id as plan_id, line.price.id as price_id, line.proration, line.quantity,
            line.subscription as subscription_id, line.subscription_item as subscription_item_id, line.type,
            line.price.unit_amount_decimal as unit_amount_excluding_tax
        from (select id as invoice_id, livemode, unnest(lines.data) as line from invoices)
    """,
    "charge": f"""
        select
            id, {SYNCED}, amount, amount_refunded, balance_transaction.id as balance_transaction_id,
            status = 'succeeded' as captured, utc(created) as created, currency, customer as customer_id,
            failure_code, invoice as invoice_id, livemode, paid, payment_intent as payment_intent_id,
            payment_method as payment_method_id, refunded, status
        from charges
    """,
    "balance_transaction": f"""
        select
            balance_transaction.id, {SYNCED}, amount, utc(balance_transaction.available_on) as available_on,
            utc(created) as created, balance_transaction.currency, balance_transaction.fee,
            amount - balance_transaction.fee as net, id as source, 'available' as status, 'charge' as type,
            'charge' as reporting_category
        from charges where balance_transaction is not null
    """,
    "refund": f"""
        select id, {SYNCED}, amount, charge as charge_id, utc(created) as created, currency, status
        from refunds
    """,
    "dispute": f"""
        select id, {SYNCED}, amount, charge as charge_id, utc(created) as created, currency, status
        from disputes
    """,
    "credit_note": f"""
        select
            id, {SYNCED}, invoice as invoice_id, customer as customer_id, status, currency, subtotal, total,
            total as amount, 0 as discount_amount, utc(created) as created, utc(voided_at) as voided_at,
            reason
        from credit_notes
    """,
    "credit_note_line_item": f"""
        select
            line.id, {SYNCED}, credit_note_id, line.amount, 0 as discount_amount, line.type,
            line.invoice_line_item as invoice_line_item_id
        from (select id as credit_note_id, unnest(lines.data) as line from credit_notes)
    """,
}
OBJECTS = frozenset(
    {"customers", "prices", "subscriptions", "invoices", "charges", "refunds", "disputes", "credit_notes"}
)


def write_stripe_company(size: str, seed: int, folder: Path) -> Path:
    """Write `theirs.duckdb` (schema stripe) and the same tables as CSV below extracts/stripe; the database.

    Exchange rates, which Stripe has none of, come as extracts/finance/fx_rates.csv. What really happened,
    every version of every item, stands below told/extracts/told in the canonical tables.
    """
    company = simulate(size, seed)
    write_canonical(company, folder / "told" / "extracts" / "told")
    write_canonical(company, folder / "extracts" / "finance", tables=("fx_rates",))
    events = [*company.world(), *(event for life in company.lives() for event in life)]
    (night,) = Archive(events).nights([company.end])
    objects = folder / "objects"
    objects.mkdir()
    for name, content in Stripe(legacy=True, objects=OBJECTS).snapshot(night).items():
        (objects / name).write_bytes(content)
    _write_discounts(objects)
    extracts = folder / "extracts" / "stripe"
    extracts.mkdir()
    database = folder / "theirs.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema stripe")
        connection.execute("create temp macro utc(seconds) as make_timestamp(seconds * 1000000)")
        for file in sorted(objects.glob("*.jsonl")):
            connection.execute(f"create temp table {file.stem} as from read_json('{file}', sample_size = -1)")
        for name, sql in TABLES.items():
            connection.execute(f"create table stripe.{name} as {sql}")
            connection.execute(f"copy stripe.{name} to '{extracts / name}.csv' (header)")
    return database


def _write_discounts(objects: Path) -> None:
    """Discounts stand in what has them, a customer or a subscription: one file of all."""
    with (objects / "discounts.jsonl").open("w", encoding="utf-8") as found:
        for name in ("customers", "subscriptions"):
            for line in (objects / f"{name}.jsonl").open(encoding="utf-8"):
                if discount := json.loads(line).get("discount"):
                    found.write(json.dumps(discount) + "\n")
