-- Grain: one row per month and category of the company's costs, in the reporting currency.
-- DECISIONS.md#costs-of-the-company
with costs as (
    select
        *,
        {{ cost_valued_on('cost_month') }} as valued_on
    from {{ ref('stg_company_costs') }}
    where cost_month <= {{ as_of_date() }}
),

rates as (
    select * from {{ ref('int_fx__day_rates') }}
)

select
    {{ month_start('costs.cost_month') }} as period_month,
    costs.category,
    {{ money_sum(balance_in_reporting_currency('costs.amount', 'costs.currency', 'rates.rate')) }}
        as cost
from costs
left join rates
    on
        costs.currency = rates.currency
        and costs.valued_on = rates.rate_day
group by
    {{ month_start('costs.cost_month') }},
    costs.category
