{{ config(materialized='kept', by='customer', months='period_month') }}

-- Grain: one row per month, customer, preset and reason whose month-end MRR differs from ours.
-- DECISIONS.md#steps-of-the-bridge
with months as (
    {{ month_end_sums(
        ref('int_definitions__preset_steps'),
        ['customer_id', 'currency', 'preset', 'reason'],
        'mrr_difference'
    ) }}
),

valued as (
    select
        months.customer_id,
        months.preset,
        months.reason,
        months.month_index,
        {{ balance_in_reporting_currency(
            'months.mrr_difference', 'months.currency', 'rates.rate'
        ) }}
            as mrr_difference
    from months
    left join {{ ref('int_fx__month_rates') }} as rates
        on
            months.currency = rates.currency
            and months.month_index = rates.month_index

    union all

    select
        customer_id,
        preset,
        'exchange_rate' as reason,
        month_index,
        mrr_difference
    from {{ ref('int_definitions__preset_rates') }}
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
