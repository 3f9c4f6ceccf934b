-- Grain: one row per customer and month that breaks the rule: its plans add up to something else
-- than the customer, or what left one of them did not come to another.
with plan_months as (
    select * from {{ ref('fct_customer_plan_mrr_monthly') }}
    where {{ is_recomputed(month_index('period_month')) }}
),

customer_months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
    where {{ is_recomputed(month_index('period_month')) }}
),

plans as (
    select
        period_month,
        customer_id,
        {{ sums_of_amounts() }}
        sum(plan_change_mrr) as plan_change_mrr
    from plan_months
    group by
        period_month,
        customer_id
)

select
    {{ told('coalesce(plans.period_month, customers.period_month)') }}
    || ', ' || {{ told('coalesce(plans.customer_id, customers.customer_id)') }}
    || ': its plans close with ' || {{ told('plans.closing_mrr') }}
    || ', the customer with ' || {{ told('customers.closing_mrr') }}
    || '; where these agree, another amount of the month does not' as message,
    coalesce(plans.period_month, customers.period_month) as period_month,
    coalesce(plans.customer_id, customers.customer_id) as customer_id,
    plans.closing_mrr as closing_mrr_of_plans,
    customers.closing_mrr
from plans
full outer join customer_months as customers
    on
        plans.customer_id = customers.customer_id
        and plans.period_month = customers.period_month
where
    plans.opening_mrr is distinct from customers.opening_mrr
    or plans.new_mrr is distinct from customers.new_mrr
    or plans.expansion_mrr is distinct from customers.expansion_mrr
    or plans.contraction_mrr is distinct from customers.contraction_mrr
    or plans.churned_mrr is distinct from customers.churned_mrr
    or plans.reactivation_mrr is distinct from customers.reactivation_mrr
    or plans.fx_mrr is distinct from customers.fx_mrr
    or plans.closing_mrr is distinct from customers.closing_mrr
    or plans.committed_mrr is distinct from customers.committed_mrr
    or plans.plan_change_mrr <> 0
