{{ config(materialized='table') }}

-- Grain: one row per base, month and customer whose MRR is not what was reported of it; what was
-- reported and what is known now stand beside each other. A closed month is held against itself,
-- the published release against every month.
with bases as (
    select * from {{ ref('stg_reported_bases') }}
),

reported as (
    select * from {{ ref('stg_reported_customer_months') }}
),

known as (
    select
        period_month,
        customer_id,
        opening_mrr,
        new_mrr,
        expansion_mrr,
        contraction_mrr,
        churned_mrr,
        reactivation_mrr,
        fx_mrr,
        cast(0 as {{ type_money() }}) as prior_period_adjustment,
        closing_mrr
    from {{ ref('fct_customer_mrr_monthly') }}
),

restated as (
    {{ held_against_bases('known') }}
),

pairs as (
    select
        coalesce(reported.base_id, restated.base_id) as base_id,
        coalesce(reported.period_month, restated.period_month) as period_month,
        coalesce(reported.customer_id, restated.customer_id) as customer_id,
        {{ side_by_side('reported', 'restated') }}
    from reported
    full outer join restated
        on
            reported.base_id = restated.base_id
            and reported.period_month = restated.period_month
            and reported.customer_id = restated.customer_id
)

select
    pairs.*,
    -- Balances that a month opens with are no news where the month has begun since.
    pairs.period_month > {{ month_start(local_date('bases.as_of')) }} as has_begun_since
from pairs
inner join bases on pairs.base_id = bases.base_id
where {{ some_differ('pairs') }}
