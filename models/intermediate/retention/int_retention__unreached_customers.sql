-- Grain: one row per month in which a price change reached somebody, once its 90 days are over, and
-- tenure band: the customers of the month's end whom none had reached in the 90 days before.
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
    cast(count(*) as bigint) as customers,
    cast(sum(coalesce(losses.churned_90d, 0)) as bigint) as churned,
    cast(sum(coalesce(losses.contracted_90d, 0)) as bigint) as contracted
from months
inner join {{ ref('fct_customer_mrr_monthly') }} as balances
    on
        months.period_month = balances.period_month
        and balances.closing_mrr > 0
inner join cohorts on balances.customer_id = cohorts.customer_id
inner join tenure_bands
    on
        {{ in_tenure_band('months.period_index - cohorts.cohort_index', 'tenure_bands') }}
left join reached
    on
        months.period_month = reached.period_month
        and balances.customer_id = reached.customer_id
left join losses
    on
        balances.customer_id = losses.customer_id
        and balances.period_month = losses.period_month
where reached.customer_id is null
group by
    months.period_month,
    tenure_bands.tenure_band
