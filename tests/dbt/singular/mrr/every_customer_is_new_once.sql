-- metrics.md 9: one `new` per customer, unless the policy lets late returns be new again.
select
    customer_id,
    count(*) as times_new
from {{ ref('fct_mrr_movements') }}
where movement_type = 'new'
group by customer_id
having
    count(*) > 1
    and {{ 'true' if policy('reactivation_window_days') is none else 'false' }}
