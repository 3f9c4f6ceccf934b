-- Grain: one row per customer, currency and month, from the first movement to the last, while the
-- balance or a movement is not 0. What is scheduled after as_of is committed in the month of as_of.
with days as (
    select
        customer_id,
        currency,
        {{ summed_month(month_index('effective_date')) }} as month_index,
        delta_native,
        committed_delta_native
    from {{ ref('int_mrr__customer_currency_days') }}
),

movements as (
    select
        customer_id,
        currency,
        month_index,
        cast(sum(delta_native) as {{ type_money() }}) as delta_native,
        cast(sum(committed_delta_native) as {{ type_money() }}) as committed_delta_native
    from days
    group by
        customer_id,
        currency,
        month_index
),

scheduled as (
    select
        customer_id,
        currency,
        cast(sum(committed_mrr_difference) as {{ type_money() }}) as scheduled_native
    from {{ ref('int_mrr__scheduled_items') }}
    group by
        customer_id,
        currency
),

{{ stretched_balances(
    'movements', 'scheduled', ['customer_id', 'currency'], first_recomputed('month_index')
) }}

select
    customer_id,
    currency,
    month_index,
    opening_native,
    closing_native,
    committed_native
from balances
