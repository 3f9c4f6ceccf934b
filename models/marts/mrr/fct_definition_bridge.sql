-- Grain: one row per month, customer, preset and reason whose month-end MRR differs from ours.
with steps as (
    select
        customer_id,
        currency,
        preset,
        reason,
        mrr_difference,
        {{ month_index(local_date('start_at')) }} as first_month_index,
        {{ last_month_at_end('end_at') }} as last_month_index
    from {{ ref('int_mrr__preset_steps') }}
),

bounded as (
    select
        steps.*,
        {{ first_recomputed('first_month_index') }} as from_month_index
    from steps
),

months as (
    select
        customer_id,
        currency,
        preset,
        reason,
        mrr_difference,
        {{ expand_integers('from_month_index', 'last_month_index') }} as month_index
    from bounded
    where last_month_index >= from_month_index
),

summed as (
    select
        customer_id,
        currency,
        preset,
        reason,
        cast(month_index as integer) as month_index,
        cast(sum(mrr_difference) as {{ type_money() }}) as difference_native
    from months
    group by
        customer_id,
        currency,
        preset,
        reason,
        month_index
),

valued as (
    select
        summed.customer_id,
        summed.preset,
        summed.reason,
        summed.month_index,
        {{ balance_in_reporting_currency(
            'summed.difference_native', 'summed.currency', 'rates.rate'
        ) }}
            as mrr_difference
    from summed
    left join {{ ref('int_mrr__fx_months') }} as rates
        on
            summed.currency = rates.currency
            and summed.month_index = rates.month_index

    union all

    select
        customer_id,
        preset,
        'exchange_rate' as reason,
        month_index,
        mrr_difference
    from {{ ref('int_mrr__preset_rates') }}
),

differences as (
    select
        customer_id,
        preset,
        reason,
        month_index,
        cast(sum(mrr_difference) as {{ type_money() }}) as mrr_difference
    from valued
    group by
        customer_id,
        preset,
        reason,
        month_index
)

select
    {{ month_from_index('month_index') }} as period_month,
    customer_id,
    'default' as from_preset,
    preset as to_preset,
    reason,
    mrr_difference
from differences
where mrr_difference <> 0
