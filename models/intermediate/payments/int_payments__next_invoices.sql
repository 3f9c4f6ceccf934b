-- Grain: one row per customer with a running subscription that was invoiced.
with states as (
    select * from {{ ref('int_states__item_states') }}
    where
        mrr > 0
        and start_at <= {{ as_of() }}
        and (end_at is null or end_at > {{ as_of() }})
),

lines as (
    select * from {{ ref('int_payments__recurring_lines') }}
),

running as (
    select distinct
        customer_id,
        subscription_id
    from states
),

coverage as (
    select
        subscription_id,
        max(service_end_at) as covered_until
    from lines
    group by subscription_id
)

select
    running.customer_id,
    min({{ local_date('coverage.covered_until') }}) as next_invoice_on
from running
inner join coverage
    on running.subscription_id = coverage.subscription_id
where coverage.covered_until is not null
group by running.customer_id
