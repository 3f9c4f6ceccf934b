-- Grain: one row per month and segment.
-- DECISIONS.md#counts-of-new-churned-and-reactivated-customers
with customer_segments as (
    select * from {{ ref('int_waterfall__segment_months') }}
),

product_segments as (
    select * from {{ ref('int_waterfall__plan_segment_months') }}
),

quiet_months as (
    select * from {{ ref('int_waterfall__quiet_months') }}
),

months as (
    select
        period_month,
        segment_type,
        segment_value,
        opening_mrr,
        new_mrr,
        expansion_mrr,
        contraction_mrr,
        churned_mrr,
        reactivation_mrr,
        fx_mrr,
        closing_mrr,
        committed_mrr,
        opening_customers,
        new_customers,
        churned_customers,
        reactivated_customers,
        closing_customers,
        is_partial
    from customer_segments

    union all

    select
        {{ month_from_index('month_index') }} as period_month,
        segment_type,
        segment_value,
        opening_mrr,
        new_mrr,
        expansion_mrr,
        contraction_mrr,
        churned_mrr,
        reactivation_mrr,
        cast(
            closing_mrr - opening_mrr
            - new_mrr - expansion_mrr - contraction_mrr - churned_mrr - reactivation_mrr
            as {{ type_money() }}
        ) as fx_mrr,
        closing_mrr,
        committed_mrr,
        opening_customers,
        new_customers,
        churned_customers,
        reactivated_customers,
        closing_customers,
        month_index = {{ month_index(as_of_date()) }} as is_partial
    from product_segments

    union all

    select
        period_month,
        'all' as segment_type,
        'all' as segment_value,
        cast(0 as {{ type_money() }}) as opening_mrr,
        cast(0 as {{ type_money() }}) as new_mrr,
        cast(0 as {{ type_money() }}) as expansion_mrr,
        cast(0 as {{ type_money() }}) as contraction_mrr,
        cast(0 as {{ type_money() }}) as churned_mrr,
        cast(0 as {{ type_money() }}) as reactivation_mrr,
        cast(0 as {{ type_money() }}) as fx_mrr,
        cast(0 as {{ type_money() }}) as closing_mrr,
        cast(0 as {{ type_money() }}) as committed_mrr,
        0 as opening_customers,
        0 as new_customers,
        0 as churned_customers,
        0 as reactivated_customers,
        0 as closing_customers,
        period_month = {{ as_of_month() }} as is_partial
    from quiet_months
)

select
    period_month,
    segment_type,
    segment_value,
    {{ is_total_row(['segment_type']) }} as is_total,
    ---------- roll-forward
    opening_mrr,
    new_mrr,
    expansion_mrr,
    contraction_mrr,
    churned_mrr,
    reactivation_mrr,
    fx_mrr,
    closing_mrr,
    cast(closing_mrr * 12 as {{ type_money() }}) as arr,
    committed_mrr,
    ---------- customers
    opening_customers,
    new_customers,
    churned_customers,
    reactivated_customers,
    closing_customers,
    ---------- rates
    {{ ratio('closing_mrr', 'closing_customers') }} as arpa,
    {{ ratio('new_mrr', 'new_customers') }} as asp,
    case
        when not is_partial
            then {{ ratio(
                '(new_mrr + expansion_mrr + reactivation_mrr)', '-(contraction_mrr + churned_mrr)'
            ) }}
    end as quick_ratio,
    is_partial
from months
