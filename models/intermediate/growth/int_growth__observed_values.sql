-- Grain: one row per month and channel (`all` for the total): the lives ended by its end.
with lives_ended as (
    select * from {{ ref('int_growth__lives_ended') }}
),

segments as (
    select * from {{ ref('int_retention__fixed_segments') }}
    where segment_type in ('all', 'acquisition_channel')
),

months as (
    select * from {{ ref('int_retention__months') }}
),

changes as (
    select
        segments.segment_value as channel,
        lives_ended.period_month,
        sum(lives_ended.customers_delta) as customers_delta,
        sum(lives_ended.margin_delta) as margin_delta,
        sum(case when lives_ended.margin_delta is null then lives_ended.customers_delta else 0 end)
            as unknown_delta
    from lives_ended
    inner join segments
        on lives_ended.customer_id = segments.customer_id
    group by
        segments.segment_value,
        lives_ended.period_month
),

channels as (
    select distinct channel
    from changes
)

select
    channels.channel,
    months.period_month,
    sum(coalesce(changes.customers_delta, 0)) over history as ended_customers,
    case
        when sum(coalesce(changes.unknown_delta, 0)) over history = 0
            then sum(coalesce(changes.margin_delta, 0)) over history
    end as margin_lived
from channels
cross join months
left join changes
    on
        channels.channel = changes.channel
        and months.period_month = changes.period_month
window history as (
    partition by channels.channel
    order by months.period_month
    rows between unbounded preceding and current row
)
