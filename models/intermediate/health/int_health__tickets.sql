-- Grain: one row per customer and month with a ticket in it or in the two months before.
with tickets as (
    select * from {{ ref('int_voice__customer_of_tickets') }}
    where customer_id is not null
),

expanded as (
    select
        customer_id,
        {{ expand_integers(month_index('opened_on'), month_index('opened_on') ~ ' + 2') }}
            as month_index
    from tickets
)

select
    customer_id,
    {{ month_from_index('month_index') }} as period_month,
    cast(count(*) as bigint) as tickets
from expanded
group by
    customer_id,
    month_index
