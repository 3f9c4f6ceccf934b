-- Grain: one row per step of the bridge that breaks the rule: it has no reason or changes nothing.
with steps as (
    select * from {{ ref('fct_definition_bridge') }}
)

select
    cast(period_month as {{ dbt.type_string() }}) || ', ' || customer_id
    || ': the step from our MRR to that of ' || to_preset
    || ' for ' || coalesce(reason, 'no reason')
    || ' changes '
    || {{ told('mrr_difference') }} as message,
    period_month,
    customer_id,
    to_preset,
    reason,
    mrr_difference
from steps
where
    reason is null
    or coalesce(mrr_difference, 0) = 0
