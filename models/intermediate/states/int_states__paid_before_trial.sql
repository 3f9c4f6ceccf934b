{{ config(materialized='table') }}

-- Grain: one row per item that was in force before it was put on trial, with the first instant at
-- which it had MRR; none if it never had.
-- What it paid is measured as if no trial counted: another trial that shares an amount off with it
-- can only leave it more, so MRR is missed only where that amount swallows all but the trials.
-- DECISIONS.md#a-retention-trial
with versions as (
    select * from {{ ref('int_terms__item_versions') }}
    where
        usage_type = 'licensed'
        and {{ is_affected_row('int_terms__item_versions') }}
),

trialled as (
    select
        customer_id,
        subscription_id,
        item_id
    from versions
    group by
        customer_id,
        subscription_id,
        item_id
    having
        max(case when status = 'trialing' then start_at end)
        > min(case when {{ standing_counts('status') }} then start_at end)
),

-- Items that may share a discount with them are those of the same customer.
intervals as (
    select
        standings.*,
        {{ standing_counts('standings.standing') }} as is_counting
    from {{ ref('int_states__interval_standings') }} as standings
    where
        standings.usage_type = 'licensed'
        and standings.list_amount is not null
        and standings.customer_id in (select trialled.customer_id from trialled)
),

discounts as (
    select * from {{ ref('int_states__interval_discounts') }}
    where preset = 'default'
),

net_amounts as (
    {{ net_amounts('intervals', 'discounts') }}
),

priced as (
    select
        intervals.subscription_id,
        intervals.item_id,
        intervals.interval_start_at,
        intervals.interval_unit,
        intervals.interval_count,
        coalesce(net_amounts.net_amount, intervals.list_amount) as net_amount
    from intervals
    inner join trialled
        on
            intervals.customer_id = trialled.customer_id
            and intervals.subscription_id = trialled.subscription_id
            and intervals.item_id = trialled.item_id
    left join net_amounts
        on
            intervals.subscription_id = net_amounts.subscription_id
            and intervals.item_id = net_amounts.item_id
            and intervals.interval_start_at = net_amounts.interval_start_at
    where intervals.is_counting
)

select
    subscription_id,
    item_id,
    min(interval_start_at) as first_paid_at
from priced
where {{ monthly('net_amount', 'interval_unit', 'interval_count') }} > 0
group by
    subscription_id,
    item_id
