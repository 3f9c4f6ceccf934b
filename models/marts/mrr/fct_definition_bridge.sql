-- Grain: one row per month, customer, preset and reason whose month-end MRR differs from ours.
with steps as (
    select * from {{ ref('int_mrr__preset_steps') }}
),

bounded as (
    select
        customer_id,
        currency,
        preset,
        reason,
        mrr_difference,
        {{ month_index(local_date('start_at')) }} as first_month_index,
        case
            when end_at is null or end_at > {{ as_of() }} then {{ month_index(as_of_date()) }}
            else {{ month_index(local_date('end_at')) }} - 1
        end as last_month_index
    from steps
),

months as (
    select
        customer_id,
        currency,
        preset,
        reason,
        mrr_difference,
        {{ expand_integers('first_month_index', 'last_month_index') }} as month_index
    from bounded
    where last_month_index >= first_month_index
),

summed as (
    select
        customer_id,
        currency,
        preset,
        reason,
        cast(month_index as integer) as month_index,
        sum(mrr_difference) as difference_native
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
        summed.*,
        {{ balance_in_reporting_currency(
            'summed.difference_native', 'summed.currency', 'rates.rate'
        ) }}
            as mrr_difference
    from summed
    left join {{ ref('int_mrr__fx_months') }} as rates
        on
            summed.currency = rates.currency
            and summed.month_index = rates.month_index
)

select
    {{ month_from_index('month_index') }} as period_month,
    customer_id,
    'default' as from_preset,
    preset as to_preset,
    reason,
    cast(sum(mrr_difference) as {{ type_money() }}) as mrr_difference
from valued
group by
    month_index,
    customer_id,
    preset,
    reason
