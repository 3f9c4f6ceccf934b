-- Grain: one row per ticket that breaks the rule: it was answered or solved before it was opened.
with tickets as (
    select * from {{ ref('int_voice__customer_of_tickets') }}
    where first_reply_at < opened_at or solved_at < opened_at
)

select
    'ticket ' || ticket_id || ' was opened on '
    || cast(opened_at as {{ dbt.type_string() }})
    || case when first_reply_at < opened_at then ' and answered' else ' and solved' end
    || ' before, on '
    || cast(
        case when first_reply_at < opened_at then first_reply_at else solved_at end
        as {{ dbt.type_string() }}
    ) as message,
    ticket_id,
    source_name
from tickets
