-- Grain: one row per month that breaks the rule: the worst tenth has more or lost more than all.
with lift as (
    select * from {{ ref('fct_customer_health_lift') }}
)

select
    {{ told('period_month') }}
    || ': the worst tenth lost '
    || {{ told('churned_mrr_in_worst_decile') }}
    || ' of its MRR '
    || {{ told('worst_decile_mrr') }}
    || ', all '
    || {{ told('churned_customers_90d') }}
    || ' of '
    || {{ told('customers') }}
    || ' customers lost '
    || {{ told('churned_mrr_90d') }}
    || ' of '
    || {{ told('mrr') }} as message,
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
