-- Grain: one row per customer and month that breaks the rule: opening, movements and fx are not the
-- closing MRR, or a balance is negative.
with months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
),

rolled as (
    select
        months.*,
        new_mrr + expansion_mrr + contraction_mrr + churned_mrr + reactivation_mrr as movements_mrr
    from months
)

select
    cast(period_month as {{ dbt.type_string() }}) || ', ' || customer_id
    || ': opening ' || {{ told('opening_mrr') }}
    || ' plus movements ' || {{ told('movements_mrr') }}
    || ' plus fx ' || {{ told('fx_mrr') }}
    || ' is not closing ' || {{ told('closing_mrr') }}
    || ', or one of these or committed '
    || {{ told('committed_mrr') }}
    || ' is negative' as message,
    period_month,
    customer_id,
    opening_mrr,
    movements_mrr,
    fx_mrr,
    closing_mrr,
    committed_mrr
from rolled
where
    opening_mrr + movements_mrr + fx_mrr is distinct from closing_mrr
    or opening_mrr < 0
    or closing_mrr < 0
    or committed_mrr < 0
