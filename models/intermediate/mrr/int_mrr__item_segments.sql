-- Grain: one row per item and interval in which nothing at all changes.
-- Only the versions that something cuts are split; the others pass through as they are.
with versions as (
    select * from {{ ref('int_mrr__item_versions') }}
    where {{ is_touched_row('int_mrr__item_versions') }}
),

cuts as (
    select * from {{ ref('int_mrr__item_cuts') }}
),

starts as (
    select
        subscription_id,
        item_id,
        version_start_at,
        version_start_at as segment_start_at
    from cuts

    union

    select
        subscription_id,
        item_id,
        version_start_at,
        cut_at as segment_start_at
    from cuts
),

pieces as (
    select
        starts.*,
        lead(starts.segment_start_at) over (
            partition by starts.subscription_id, starts.item_id, starts.version_start_at
            order by starts.segment_start_at
        ) as segment_end_at
    from starts
)

select
    versions.*,
    coalesce(pieces.segment_start_at, versions.start_at) as segment_start_at,
    coalesce(pieces.segment_end_at, versions.end_at) as segment_end_at
from versions
left join pieces
    on
        versions.subscription_id = pieces.subscription_id
        and versions.item_id = pieces.item_id
        and versions.start_at = pieces.version_start_at
