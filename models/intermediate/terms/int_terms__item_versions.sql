{{ config(materialized='kept', by='customer') }}

-- Grain: one row per item and interval, with its list amount per invoice, before any discount.
-- Where nothing tells the amount, the one known before goes on, else it is NULL: a finding names
-- it, and it is never 0.
-- What goes on reads the amounts for itself, because what is read twice the engine keeps whole.
with items as (
    select * from {{ ref('int_terms__item_amounts') }}
),

amounts as (
    select
        subscription_id,
        item_id,
        start_at,
        interval_unit,
        interval_count,
        list_amount,
        is_net_amount
    from {{ ref('int_terms__item_amounts') }}
),

unknown as (
    select distinct
        subscription_id,
        item_id
    from amounts
    where list_amount is null
),

counted as (
    select
        amounts.*,
        count(amounts.list_amount) over (
            partition by amounts.subscription_id, amounts.item_id
            order by amounts.start_at
            rows between unbounded preceding and current row
        ) as amounts_known
    from amounts
    inner join unknown
        on
            amounts.subscription_id = unknown.subscription_id
            and amounts.item_id = unknown.item_id
),

-- An amount goes on as long as nothing tells another one of the same billing period.
carried as (
    select
        unknowns.subscription_id,
        unknowns.item_id,
        unknowns.start_at,
        knowns.list_amount,
        knowns.is_net_amount
    from counted as unknowns
    inner join counted as knowns
        on
            unknowns.subscription_id = knowns.subscription_id
            and unknowns.item_id = knowns.item_id
            and unknowns.amounts_known = knowns.amounts_known
            and unknowns.interval_unit = knowns.interval_unit
            and unknowns.interval_count = knowns.interval_count
    where
        unknowns.list_amount is null
        and knowns.list_amount is not null
)

select
    items.customer_id,
    items.subscription_id,
    items.item_id,
    items.start_at,
    items.end_at,
    items.status,
    items.price_id,
    items.product_id,
    items.plan_name,
    items.currency,
    items.unit_amount,
    items.quantity,
    items.billing_scheme,
    items.usage_type,
    items.interval_unit,
    items.interval_count,
    coalesce(items.list_amount, carried.list_amount) as list_amount,
    ---------- flags
    items.is_cancel_requested,
    items.is_inferred,
    items.is_start_unknown,
    items.is_overlapping,
    items.is_merged,
    items.needs_invoice_amount,
    items.list_amount is null as is_unpriced,
    coalesce(carried.is_net_amount, items.is_net_amount) as is_net_amount,
    items.unread_terms,
    ---------- lineage
    items.source_name,
    items.source_file,
    items.source_line,
    items.recorded_at,
    items.end_source_file,
    items.end_source_line,
    items.end_recorded_at
from items
left join carried
    on
        items.subscription_id = carried.subscription_id
        and items.item_id = carried.item_id
        and items.start_at = carried.start_at
