-- Grain: one row per item that is put on trial, with the first instant at which it had MRR.
with versions as (
    select
        subscription_id,
        item_id,
        start_at,
        status,
        usage_type,
        list_amount
    from {{ ref('int_mrr__item_versions') }}
),

trials as (
    select distinct
        subscription_id,
        item_id
    from versions
    where status = 'trialing'
)

select
    versions.subscription_id,
    versions.item_id,
    min(versions.start_at) as first_paid_at
from versions
inner join trials
    on
        versions.subscription_id = trials.subscription_id
        and versions.item_id = trials.item_id
where
    versions.status in ('active', 'past_due')
    and versions.usage_type = 'licensed'
    and versions.list_amount > 0
group by
    versions.subscription_id,
    versions.item_id
