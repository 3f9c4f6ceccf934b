-- Grain: one row per customer that ever had MRR: its unbroken first life in months.
-- DECISIONS.md#months-of-survival
with cohorts as (
    select * from {{ ref('int_retention__cohorts') }}
),

churns as (
    select * from {{ ref('int_retention__churn_movements') }}
),

first_churns as (
    select
        customer_id,
        min(churned_on) as churned_on
    from churns
    where not is_short_pause
    group by customer_id
),

lives as (
    select
        cohorts.customer_id,
        cohorts.cohort_on as started_on,
        first_churns.churned_on,
        coalesce(first_churns.churned_on, {{ as_of_date() }}) as last_day
    from cohorts
    left join first_churns
        on cohorts.customer_id = first_churns.customer_id
)

-- A customer leaves within the month it has begun, and was seen for those it has completed.
select
    customer_id,
    started_on,
    churned_on,
    churned_on is not null as is_churned,
    {{ tenure_months('started_on', 'last_day', '(churned_on is not null)') }} as tenure_months
from lives
