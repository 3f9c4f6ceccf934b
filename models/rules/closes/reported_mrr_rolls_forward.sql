-- Grain: one row per month and customer that breaks the rule. It opens with what it was reported
-- with before, and opening, movements, rates and the adjustment make its closing.
with reported as (
    select
        *,
        {{ month_index('period_month') }} as month_index
    from {{ ref('fct_mrr_reported') }}
),

before as (
    select
        customer_id,
        month_index + 1 as month_index,
        closing_mrr
    from reported
    where period_month < {{ as_of_month() }}
),

followed as (
    select
        coalesce(reported.customer_id, before.customer_id) as customer_id,
        coalesce(reported.month_index, before.month_index) as month_index,
        coalesce(before.closing_mrr, 0) as closing_before,
        coalesce(reported.opening_mrr, 0) as opening_mrr,
        reported.closing_mrr - reported.opening_mrr - reported.new_mrr - reported.expansion_mrr
        - reported.contraction_mrr - reported.churned_mrr - reported.reactivation_mrr
        - reported.fx_mrr - reported.prior_period_adjustment as unmoved_mrr
    from reported
    full outer join before
        on
            reported.customer_id = before.customer_id
            and reported.month_index = before.month_index
)

select
    {{ month_from_index('month_index') }} as period_month,
    customer_id,
    closing_before,
    opening_mrr,
    unmoved_mrr
from followed
where
    opening_mrr <> closing_before
    or unmoved_mrr <> 0
