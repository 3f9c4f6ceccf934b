-- Grain: one row per month and channel of support, by the day a ticket was opened.
with tickets as (
    select * from {{ ref('int_voice__customer_of_tickets') }}
),

tickets_by_channel as (
    select
        tickets.*,
        'all' as channel_group
    from tickets
    union all
    select
        tickets.*,
        coalesce(channel, 'unknown') as channel_group
    from tickets
)

select
    {{ month_start('opened_on') }} as period_month,
    channel_group as channel,
    {{ is_total_row(['channel_group']) }} as is_total,
    cast(count(*) as bigint) as opened_tickets,
    {{ count_where('solved_at is not null') }} as solved_tickets,
    {{ count_where('reopened_count > 0') }} as reopened_tickets,
    cast(count(distinct customer_id) as bigint) as customers,
    {{ median_of(hours_after('opened_at', 'first_reply_at')) }} as median_first_reply_hours,
    {{ median_of(hours_after('opened_at', 'solved_at')) }} as median_resolution_hours,
    {{ month_start('opened_on') }} >= {{ as_of_month() }} as is_partial
from tickets_by_channel
group by
    {{ month_start('opened_on') }},
    channel_group
