-- Grain: one row per month and segment that breaks the rule: opening, movements and fx are not the
-- closing MRR.
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
    || ': opening ' || coalesce(cast(opening_mrr as {{ dbt.type_string() }}), 'nothing')
    || ' plus movements ' || coalesce(cast(movements_mrr as {{ dbt.type_string() }}), 'nothing')
    || ' plus fx ' || coalesce(cast(fx_mrr as {{ dbt.type_string() }}), 'nothing')
    || ' is not closing '
    || coalesce(cast(closing_mrr as {{ dbt.type_string() }}), 'nothing') as message,
    period_month,
    segment_type,
    segment_value,
    opening_mrr,
    movements_mrr,
    fx_mrr,
    closing_mrr
from rolled
where opening_mrr + movements_mrr + fx_mrr is distinct from closing_mrr
