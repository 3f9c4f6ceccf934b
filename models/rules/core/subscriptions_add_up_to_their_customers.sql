-- Grain: one row per customer that breaks the rule: its subscriptions have another MRR than it has.
with subscriptions as (
    select
        customer_id,
        sum(mrr) as mrr,
        sum(committed_mrr) as committed_mrr
    from {{ ref('dim_subscriptions') }}
    group by customer_id
),

customers as (
    select * from {{ ref('dim_customers') }}
)

select
    customers.customer_id || ' has an MRR of ' || {{ told('customers.mrr') }}
    || ', its subscriptions ' || {{ told('subscriptions.mrr') }}
    || '; where these agree, the committed MRR does not' as message,
    customers.customer_id,
    subscriptions.mrr as mrr_of_subscriptions,
    customers.mrr
from customers
left join subscriptions on customers.customer_id = subscriptions.customer_id
where
    coalesce(subscriptions.mrr, 0) is distinct from customers.mrr
    or coalesce(subscriptions.committed_mrr, 0) is distinct from customers.committed_mrr
