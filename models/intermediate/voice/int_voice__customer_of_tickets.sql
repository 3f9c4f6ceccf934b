-- Grain: one row per support ticket opened by the as-of instant, with its customer.
with tickets as (
    select * from {{ ref('stg_tickets') }}
    where opened_at <= {{ as_of() }}
)

select
    tickets.ticket_id,
    {{ customer_of_keys() }} as customer_id,
    {{ customer_evidence() }} as customer_evidence,
    tickets.customer_reference is not null
    or coalesce(tickets.email, '') like '%@%' as is_customer_named,
    tickets.channel,
    tickets.opened_at,
    {{ local_date('tickets.opened_at') }} as opened_on,
    case when tickets.first_reply_at <= {{ as_of() }} then tickets.first_reply_at end
        as first_reply_at,
    case when tickets.solved_at <= {{ as_of() }} then tickets.solved_at end as solved_at,
    coalesce(tickets.reopened_count, 0) as reopened_count,
    tickets.csat,
    tickets.source_name
from tickets
{{ join_customer_keys('tickets', 'tickets.customer_reference', 'tickets.email') }}
