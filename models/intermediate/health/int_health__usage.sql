-- Grain: one row per customer and month of use or up to two months after one.
with usage_months as (
    select * from {{ ref('int_growth__usage_months') }}
),

-- Each month of use counts for itself and, as the past, for the two months after it.
contributions as (
    select
        customer_id,
        {{ month_index('period_month') }} as month_index,
        events,
        0 as earlier_events
    from usage_months
    union all
    select
        customer_id,
        {{ expand_integers(
            month_index('period_month') ~ ' + 1', month_index('period_month') ~ ' + 2'
        ) }} as month_index,
        0 as events,
        events as earlier_events
    from usage_months
)

select
    customer_id,
    {{ month_from_index('month_index') }} as period_month,
    cast(sum(events) as bigint) as month_events,
    cast(sum(earlier_events) as bigint) as two_months_events
from contributions
group by
    customer_id,
    month_index
