-- Grain: one row per support ticket opened by the as-of instant, with its customer.
with tickets as (
    select * from {{ ref('stg_tickets') }}
    where opened_at <= {{ as_of() }}
),

customer_keys as (
    select * from {{ ref('int_voice__customer_keys') }}
)

select
    tickets.ticket_id,
    coalesce(
        own_keys.customer_id,
        full_keys.customer_id,
        native_keys.customer_id,
        email_keys.customer_id
    ) as customer_id,
    tickets.channel,
    tickets.opened_at,
    {{ local_date('tickets.opened_at') }} as opened_on,
    case when tickets.first_reply_at <= {{ as_of() }} then tickets.first_reply_at end
        as first_reply_at,
    case when tickets.solved_at <= {{ as_of() }} then tickets.solved_at end as solved_at,
    coalesce(tickets.reopened_count, 0) as reopened_count,
    tickets.csat
from tickets
left join customer_keys as own_keys
    on
        own_keys.key_kind = 'customer_id'
        and own_keys.key_value = tickets.source_name || ':' || tickets.customer_reference
left join customer_keys as full_keys
    on
        full_keys.key_kind = 'customer_id'
        and tickets.customer_reference = full_keys.key_value
left join customer_keys as native_keys
    on
        native_keys.key_kind = 'native_id'
        and tickets.customer_reference = native_keys.key_value
left join customer_keys as email_keys
    on
        email_keys.key_kind = 'email'
        and email_keys.key_value = lower(trim(tickets.email))
