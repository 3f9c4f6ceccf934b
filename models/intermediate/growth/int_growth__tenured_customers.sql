{{ config(materialized='table') }}

-- Grain: one row per customer with MRR at the end of a month in which a feature was used.
-- DECISIONS.md#users-and-non-users-of-a-feature
with months as (
    select distinct period_month
    from {{ ref('int_growth__feature_months') }}
    where events > 0
),

balances as (
    select
        customer_months.customer_id,
        customer_months.period_month,
        customer_months.closing_mrr,
        {{ month_index('customer_months.period_month') }} + 1 as next_index
    from {{ ref('fct_customer_mrr_monthly') }} as customer_months
    inner join months on customer_months.period_month = months.period_month
    where customer_months.closing_mrr > 0
),

cohorts as (
    select
        customer_id,
        {{ month_index('cohort_month') }} as cohort_index
    from {{ ref('int_retention__cohorts') }}
),

bands as (
    select * from {{ ref('tenure_bands') }}
),

losses as (
    select * from {{ ref('int_retention__losses_ahead') }}
    where churned_90d = 1
)

select
    balances.customer_id,
    balances.period_month,
    balances.closing_mrr,
    bands.tenure_band,
    case when losses.customer_id is null then 0 else 1 end as is_churned
from balances
inner join cohorts on balances.customer_id = cohorts.customer_id
inner join bands
    on
        {{ in_tenure_band('balances.next_index - cohorts.cohort_index', 'bands') }}
left join losses
    on
        balances.customer_id = losses.customer_id
        and balances.period_month = losses.period_month
