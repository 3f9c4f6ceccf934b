-- Grain: one row per complete month and channel (`all` for the total) in which lives had begun:
-- how many of its first 60 months a customer lives, by the survival of those known by then.
-- DECISIONS.md#ltv-of-60-months
with lives as (
    select * from {{ ref('int_retention__lifetimes') }}
),

segments as (
    select * from {{ ref('int_retention__fixed_segments') }}
    where segment_type in ('all', 'acquisition_channel')
),

months as (
    select * from {{ ref('int_retention__months') }}
    where not is_partial
),

seen as (
    select
        segments.segment_value as channel,
        months.period_month,
        lives.started_on,
        coalesce(lives.churned_on < months.next_month, false) as is_churned,
        case
            when lives.churned_on < months.next_month then lives.churned_on
            else months.next_month
        end as last_day
    from lives
    inner join segments on lives.customer_id = segments.customer_id
    inner join months on lives.started_on < months.next_month
),

measured as (
    select
        channel,
        period_month,
        is_churned,
        {{ tenure_months('started_on', 'last_day', 'is_churned') }} as tenure_months
    from seen
),

months_of_tenure as (
    select
        channel,
        period_month,
        tenure_months,
        cast(count(*) as bigint) as customers,
        {{ count_where('is_churned') }} as churned_customers
    from measured
    group by
        channel,
        period_month,
        tenure_months
),

at_risk as (
    select
        *,
        sum(customers) over (
            partition by channel, period_month
            order by tenure_months desc
            rows between unbounded preceding and current row
        ) as customers_at_risk,
        lead(tenure_months) over (
            partition by channel, period_month
            order by tenure_months
        ) as next_tenure_months
    from months_of_tenure
),

curves as (
    select
        *,
        case
            when churned_customers = customers_at_risk then 0
            else exp(
                sum({{ log_survival_step('churned_customers', 'customers_at_risk') }}) over (
                    partition by channel, period_month
                    order by tenure_months
                    rows between unbounded preceding and current row
                )
            )
        end as survival
    from at_risk
)

-- All live until the first step; beyond the last one the curve stays as it is.
select
    channel,
    period_month,
    cast(sum(customers) as bigint) as customers,
    least(min(tenure_months), 60)
    + sum(
        survival
        * (least(coalesce(next_tenure_months, 60), 60) - least(tenure_months, 60))
    ) as months_lived
from curves
group by
    channel,
    period_month
