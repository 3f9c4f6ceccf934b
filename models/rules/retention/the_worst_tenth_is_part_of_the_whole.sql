-- Grain: one row per month that breaks the rule: the worst tenth has more or lost more than all.
with lift as (
    select * from {{ ref('fct_customer_health_lift') }}
)

select
    coalesce(cast(period_month as {{ dbt.type_string() }}), 'nothing')
    || ': the worst tenth lost '
    || coalesce(cast(churned_mrr_in_worst_decile as {{ dbt.type_string() }}), 'nothing')
    || ' of its MRR '
    || coalesce(cast(worst_decile_mrr as {{ dbt.type_string() }}), 'nothing')
    || ', all '
    || coalesce(cast(churned_customers_90d as {{ dbt.type_string() }}), 'nothing')
    || ' of '
    || coalesce(cast(customers as {{ dbt.type_string() }}), 'nothing')
    || ' customers lost '
    || coalesce(cast(churned_mrr_90d as {{ dbt.type_string() }}), 'nothing')
    || ' of '
    || coalesce(cast(mrr as {{ dbt.type_string() }}), 'nothing') as message,
    period_month
from lift
where
    coalesce(
        churned_mrr_in_worst_decile > churned_mrr_90d
        or churned_mrr_in_worst_decile > worst_decile_mrr
        or worst_decile_mrr > mrr
        or churned_customers_90d > customers,
        true
    )
