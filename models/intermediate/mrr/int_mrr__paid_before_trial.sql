-- Grain: one row per item that is put on trial, with the first instant at which it had MRR.
with segments as (
    select * from {{ ref('int_mrr__priced_segments') }}
),

trials as (
    select distinct
        subscription_id,
        item_id
    from segments
    where status = 'trialing'
)

select
    segments.subscription_id,
    segments.item_id,
    min(segments.segment_start_at) as first_paid_at
from segments
inner join trials
    on
        segments.subscription_id = trials.subscription_id
        and segments.item_id = trials.item_id
where
    segments.status in ('active', 'past_due')
    and segments.net_mrr > 0
group by
    segments.subscription_id,
    segments.item_id
