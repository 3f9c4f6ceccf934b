-- Grain: one row per closed month, customer and column that breaks the rule: nothing that was
-- learnt or decided since tells why it is another.
select
    cast(period_month as {{ dbt.type_string() }}) || ', ' || customer_id || ': ' || column_name
    || ' was closed with ' || cast(as_reported as {{ dbt.type_string() }})
    || ' and is ' || cast(restated as {{ dbt.type_string() }}) || ' now' as message,
    period_month,
    customer_id,
    column_name,
    as_reported,
    restated
from {{ ref('fct_mrr_restatements') }}
where unexplained <> 0
