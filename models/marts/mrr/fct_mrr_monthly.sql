-- Grain: one row per month and segment.
with months as (
    select * from {{ ref('int_mrr__segment_months') }}
)

select
    period_month,
    segment_type,
    segment_value,
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
