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
),

measured as (
    select
        customer_id,
        churned_on,
        {{ months_between('started_on', 'last_day') }} as calendar_months,
        extract(day from last_day) - extract(day from started_on) as day_difference
    from lives
)

-- A customer leaves within the month it has begun, and was seen for those it has completed.
select
    customer_id,
    churned_on is not null as is_churned,
    cast(
        calendar_months
        + case
            when churned_on is not null and day_difference > 0 then 1
            when churned_on is null and day_difference < 0 then -1
            else 0
        end
        as bigint
    ) as tenure_months
from measured
