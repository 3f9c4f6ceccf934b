-- Grain: one row per subscription and interval in which a discount is in force that nobody reads,
-- with the percentage that leads from the list to the MRR the source reported when it told the
-- discount. It stands for all discounts of the subscription.
-- DECISIONS.md#a-discount-without-a-size
with discounts as (
    select * from {{ ref('int_terms__discount_versions') }}
    where
        is_unread
        and item_id is null
        and subscription_id is not null
        and mrr_reported is not null
),

listed as (
    select
        discounts.discount_id,
        discounts.starts_at,
        sum(
            {{ monthly(
                'versions.list_amount', 'versions.interval_unit', 'versions.interval_count'
            ) }}
        ) as list_mrr
    from discounts
    inner join {{ ref('int_terms__item_versions') }} as versions
        on
            discounts.subscription_id = versions.subscription_id
            and discounts.recorded_at >= versions.start_at
            and (versions.end_at is null or discounts.recorded_at < versions.end_at)
    where
        versions.usage_type = 'licensed'
        and versions.list_amount is not null
        and versions.status <> 'ended'
    group by
        discounts.discount_id,
        discounts.starts_at
),

ranked as (
    select
        discounts.discount_id,
        discounts.subscription_id,
        discounts.starts_at,
        discounts.ends_at,
        discounts.source_file,
        discounts.source_line,
        discounts.recorded_at,
        cast(
            100 * (1 - least({{ ratio('discounts.mrr_reported', 'listed.list_mrr') }}, 1))
            as {{ type_percent() }}
        ) as percent_off,
        row_number() over (
            partition by discounts.subscription_id, discounts.starts_at
            order by discounts.discount_id
        ) as rank
    from discounts
    inner join listed
        on
            discounts.discount_id = listed.discount_id
            and discounts.starts_at = listed.starts_at
    where listed.list_mrr > 0
),

chained as (
    select
        ranked.*,
        lead(starts_at) over subscription as next_starts_at,
        lead(source_file) over subscription as next_source_file,
        lead(source_line) over subscription as next_source_line,
        lead(recorded_at) over subscription as next_recorded_at
    from ranked
    where rank = 1
    window subscription as (partition by subscription_id order by starts_at)
)

-- Where several begin one after the other, the last one told stands for all.
select
    discount_id,
    subscription_id,
    starts_at as start_at,
    case
        when next_starts_at < ends_at or ends_at is null then next_starts_at
        else ends_at
    end as end_at,
    percent_off,
    next_starts_at,
    next_source_file,
    next_source_line,
    next_recorded_at
from chained
