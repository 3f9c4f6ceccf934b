-- Grain: one row per fiscal quarter that breaks the rule: its efficiency is of another growth of
-- ARR than the quarter has, its net burn is not its costs less its cash, or less is spent in all
-- than on sales and marketing.
with quarters as (
    select * from {{ ref('fct_arr_waterfall') }}
    where period_type = 'quarter'
),

efficiency as (
    select * from {{ ref('fct_efficiency_quarterly') }}
)

select
    {{ told('quarters.period_start') }}
    || ': net new ARR ' || {{ told('efficiency.net_new_arr') }}
    || ' where ARR grew by ' || {{ told('quarters.net_new_arr') }}
    || '; net burn ' || {{ told('efficiency.net_burn') }}
    || ' of costs of ' || {{ told('efficiency.total_costs') }}
    || ' and cash of ' || {{ told('efficiency.customer_cash') }}
    || ', sales and marketing '
    || {{ told('efficiency.sales_marketing_cost') }} as message,
    quarters.period_start
from quarters
left join efficiency on quarters.period_start = efficiency.period_start
where
    efficiency.net_new_arr is distinct from quarters.net_new_arr
    or efficiency.total_costs - efficiency.customer_cash is distinct from efficiency.net_burn
    or efficiency.total_costs < efficiency.sales_marketing_cost
