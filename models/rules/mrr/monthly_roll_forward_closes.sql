-- Grain: one row per month and segment that breaks the rule: opening, movements and fx are not the
-- closing MRR (metrics.md 9, case M02).
with months as (
    select * from {{ ref('fct_mrr_monthly') }}
),

rolled as (
    select
        months.*,
        new_mrr + expansion_mrr + contraction_mrr + churned_mrr + reactivation_mrr as movements_mrr
    from months
)

select
    cast(period_month as {{ dbt.type_string() }}) || ', ' || segment_type || ' ' || segment_value
    || ': opening ' || {{ told('opening_mrr') }}
    || ' plus movements ' || {{ told('movements_mrr') }}
    || ' plus fx ' || {{ told('fx_mrr') }}
    || ' is not closing '
    || {{ told('closing_mrr') }} as message,
    period_month,
    segment_type,
    segment_value,
    opening_mrr,
    movements_mrr,
    fx_mrr,
    closing_mrr
from rolled
where opening_mrr + movements_mrr + fx_mrr is distinct from closing_mrr
