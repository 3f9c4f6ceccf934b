-- Grain: one row per month and channel with sales or marketing cost, in the reporting currency.
-- DECISIONS.md#a-cost-of-channel-all
with ad_spend as (
    select * from {{ ref('stg_ad_spend') }}
    where spend_on <= {{ as_of_date() }}
),

acquisition_costs as (
    select * from {{ ref('stg_acquisition_costs') }}
    where cost_month <= {{ as_of_date() }}
),

rates as (
    select * from {{ ref('int_fx__day_rates') }}
),

-- Advertising is valued by the day, a month's other costs at its last day, as balances are.
dated_costs as (
    select
        channel,
        {{ month_start('spend_on') }} as period_month,
        spend_on as valued_on,
        amount,
        currency
    from ad_spend
    union all
    select
        {{ channel_name('channel') }} as channel,
        {{ month_start('cost_month') }} as period_month,
        {{ cost_valued_on('cost_month') }} as valued_on,
        amount,
        currency
    from acquisition_costs
),

valued_costs as (
    select
        dated_costs.channel,
        dated_costs.period_month,
        {{ balance_in_reporting_currency(
            'dated_costs.amount', 'dated_costs.currency', 'rates.rate'
        ) }}
            as amount
    from dated_costs
    left join rates
        on
            dated_costs.currency = rates.currency
            and dated_costs.valued_on = rates.rate_day
)

select
    period_month,
    channel,
    {{ money_sum('amount') }} as cost
from valued_costs
group by
    period_month,
    channel
