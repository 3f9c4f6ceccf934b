{{ config(materialized='table') }}

-- Grain: one row per base, month, customer, currency and class whose revenue is not what was
-- reported. What was adjusted then is a class of its own, of which nothing is known now.
with reported as (
    select
        *,
        coalesce(currency, '') as currency_key
    from {{ ref('stg_reported_revenue') }}
    where period_month <= {{ as_of_month() }}
),

-- A release of a version that knew no revenue is held against none.
bases as (
    select * from {{ ref('stg_reported_bases') }}
    where
        kind = 'close'
        or base_id in (select any_revenue.base_id from reported as any_revenue)
),

known as (
    select
        recognition_month as period_month,
        customer_id,
        currency,
        revenue_class,
        count(*) as lines,
        {{ money_sum('amount_native') }} as amount_native,
        {{ money_sum('amount') }} as amount
    from {{ ref('fct_revenue_recognition') }}
    where recognition_month <= {{ as_of_month() }}
    group by
        recognition_month,
        customer_id,
        currency,
        revenue_class
),

restated as (
    {{ held_against_bases('known') }}
)

select
    coalesce(reported.base_id, restated.base_id) as base_id,
    coalesce(reported.period_month, restated.period_month) as period_month,
    coalesce(reported.customer_id, restated.customer_id) as customer_id,
    coalesce(reported.currency, restated.currency) as currency,
    coalesce(reported.revenue_class, restated.revenue_class) as revenue_class,
    coalesce(reported.lines, 0) <> coalesce(restated.lines, 0) as has_other_lines,
    coalesce(reported.amount_native, 0) as reported_native,
    coalesce(restated.amount_native, 0) as restated_native,
    coalesce(reported.amount, 0) as as_reported,
    coalesce(restated.amount, 0) as restated,
    reported.source_file,
    reported.source_line
from reported
full outer join restated
    on
        reported.base_id = restated.base_id
        and reported.period_month = restated.period_month
        and reported.customer_id = restated.customer_id
        and reported.currency_key = restated.currency
        and reported.revenue_class = restated.revenue_class
where coalesce(reported.amount, 0) <> coalesce(restated.amount, 0)
