-- Grain: one row per month in which a price change reached somebody, once its 90 days are over, and
-- bands of tenure and of billing interval: the customers of the month's end whom none had reached
-- in the 90 days before, by the interval that bills more than half of their MRR.
-- Who met another in those days still makes up his mind about that one. Who meets one later stays:
-- without him those would be left who went before it could reach them.
-- DECISIONS.md#who-met-a-price-change-and-who-did-not
with met as (
    select * from {{ ref('fct_price_change_customers') }}
),

losses as (
    select * from {{ ref('int_retention__losses_ahead') }}
),

cohorts as (
    select
        customer_id,
        {{ month_index('cohort_month') }} as cohort_index
    from {{ ref('int_retention__cohorts') }}
),

tenure_bands as (
    select * from {{ ref('tenure_bands') }}
),

months as (
    select distinct
        period_month,
        {{ month_index('period_month') }} as period_index,
        {{ month_end_from_index(month_index('period_month')) }} as last_day
    from met
    where churned_90d is not null
),

balances as (
    select
        plan_months.period_month,
        plan_months.customer_id,
        sum(plan_months.closing_mrr) as closing_mrr,
        sum(
            case
                when {{ interval_band('plan_months.billing_interval') }} = 'longer'
                    then plan_months.closing_mrr
                else 0
            end
        ) as longer_mrr
    from {{ ref('fct_customer_plan_mrr_monthly') }} as plan_months
    inner join months on plan_months.period_month = months.period_month
    group by
        plan_months.period_month,
        plan_months.customer_id
),

-- The parts of a balance are rounded: less than a cent between two halves is nothing.
customers as (
    select
        period_month,
        customer_id,
        case when longer_mrr * 2 - closing_mrr >= 0.01 then 'longer' else 'month' end
            as interval_band
    from balances
    where closing_mrr > 0
),

reached as (
    select distinct
        months.period_month,
        met.customer_id
    from months
    inner join met
        on
            {{ add_days('months.last_day', -90) }} < met.met_on
            and months.last_day >= met.met_on
)

select
    months.period_month,
    tenure_bands.tenure_band,
    customers.interval_band,
    cast(count(*) as bigint) as customers,
    cast(sum(coalesce(losses.churned_90d, 0)) as bigint) as churned,
    cast(sum(coalesce(losses.contracted_90d, 0)) as bigint) as contracted
from months
inner join customers on months.period_month = customers.period_month
inner join cohorts on customers.customer_id = cohorts.customer_id
inner join tenure_bands
    on
        {{ in_tenure_band('months.period_index - cohorts.cohort_index', 'tenure_bands') }}
left join reached
    on
        months.period_month = reached.period_month
        and customers.customer_id = reached.customer_id
left join losses
    on
        customers.customer_id = losses.customer_id
        and customers.period_month = losses.period_month
where reached.customer_id is null
group by
    months.period_month,
    tenure_bands.tenure_band,
    customers.interval_band
