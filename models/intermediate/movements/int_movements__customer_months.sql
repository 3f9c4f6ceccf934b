-- Grain: one row per customer and month, balances valued in the reporting currency.
with balances as (
    select * from {{ ref('int_movements__customer_currency_months') }}
),

rates as (
    select
        *,
        cast(rate as {{ type_double() }}) as rate_as_double
    from {{ ref('int_fx__month_rates') }}
),

constant as (
    select
        *,
        cast(rate as {{ type_double() }}) as rate_as_double
    from {{ ref('int_fx__constant_rates') }}
),

valued as (
    select
        balances.customer_id,
        balances.month_index,
        {{ balance_in_reporting_currency(
            'balances.opening_native',
            'balances.currency',
            'opening_rates.rate',
            'opening_rates.rate_as_double'
        ) }}
            as opening_mrr,
        {{ balance_in_reporting_currency(
            'balances.closing_native',
            'balances.currency',
            'closing_rates.rate',
            'closing_rates.rate_as_double'
        ) }}
            as closing_mrr,
        {{ balance_in_reporting_currency(
            'balances.committed_native',
            'balances.currency',
            'closing_rates.rate',
            'closing_rates.rate_as_double'
        ) }}
            as committed_mrr,
        {{ balance_in_reporting_currency(
            'balances.closing_native',
            'balances.currency',
            'constant.rate',
            'constant.rate_as_double'
        ) }}
            as closing_mrr_constant
    from balances
    left join rates as opening_rates
        on
            balances.currency = opening_rates.currency
            and balances.month_index - 1 = opening_rates.month_index
    left join rates as closing_rates
        on
            balances.currency = closing_rates.currency
            and balances.month_index = closing_rates.month_index
    left join constant on balances.currency = constant.currency
)

select
    customer_id,
    month_index,
    cast(sum(opening_mrr) as {{ type_money() }}) as opening_mrr,
    cast(sum(closing_mrr) as {{ type_money() }}) as closing_mrr,
    cast(sum(committed_mrr) as {{ type_money() }}) as committed_mrr,
    cast(sum(closing_mrr_constant) as {{ type_money() }}) as closing_mrr_constant
from valued
group by
    customer_id,
    month_index
