{{ config(materialized='table') }}

-- Grain: one row per item of a contract, currency, billing interval and month at whose end it has
-- MRR, with the instant until which the invoices of that month or before bill the item, and any
-- item of its contract.
-- DECISIONS.md#the-contract-that-a-line-bills
with states as (
    select
        *,
        {{ month_index(local_date('start_at')) }} as first_month_index,
        {{ last_month_at_end('end_at') }} as last_month_index
    from {{ ref('int_bridge__contract_states') }}
    where mrr <> 0
),

state_months as (
    select
        states.*,
        {{ expand_integers('first_month_index', 'last_month_index') }} as month_index
    from states
),

months as (
    select
        customer_id,
        contract_id,
        item_key,
        currency,
        interval_unit,
        interval_count,
        cast(month_index as integer) as month_index,
        min(subscription_id) as subscription_id,
        {{ money_sum('mrr') }} as mrr
    from state_months
    group by
        customer_id,
        contract_id,
        item_key,
        currency,
        interval_unit,
        interval_count,
        month_index
),

lines as (
    select
        contract_id,
        item_key,
        booking_month_index as month_index,
        max(service_end_at) as billed_until
    from {{ ref('int_bridge__service_lines') }}
    where net_amount >= 0
    group by
        contract_id,
        item_key,
        booking_month_index
),

-- One pass over lines and months together, instead of a join of each month with each line before.
both_sides as (
    select
        contract_id,
        item_key,
        month_index,
        billed_until,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        cast(null as {{ dbt.type_string() }}) as subscription_id,
        cast(null as {{ dbt.type_string() }}) as currency,
        cast(null as {{ dbt.type_string() }}) as interval_unit,
        cast(null as integer) as interval_count,
        cast(null as {{ type_money() }}) as mrr
    from lines

    union all

    select
        contract_id,
        item_key,
        month_index,
        cast(null as {{ type_instant() }}) as billed_until,
        customer_id,
        subscription_id,
        currency,
        interval_unit,
        interval_count,
        mrr
    from months
),

-- Rows of one month are peers: all its lines count, whatever the order of the rows.
billed as (
    select
        both_sides.*,
        max(billed_until) over (
            partition by contract_id, item_key
            order by month_index
            range between unbounded preceding and current row
        ) as item_billed_until,
        max(billed_until) over (
            partition by contract_id
            order by month_index
            range between unbounded preceding and current row
        ) as contract_billed_until
    from both_sides
)

select
    customer_id,
    contract_id,
    item_key,
    subscription_id,
    currency,
    interval_unit,
    interval_count,
    month_index,
    least({{ local_midnight(month_from_index('(month_index + 1)')) }}, {{ as_of() }})
        as month_end_at,
    mrr,
    item_billed_until,
    contract_billed_until
from billed
where mrr is not null
