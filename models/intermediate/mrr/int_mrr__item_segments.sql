-- Grain: one row per item and interval in which nothing at all changes.
-- Only the versions that something cuts are split; the others pass through as they are.
with versions as (
    select * from {{ ref('int_mrr__item_versions') }}
    where {{ is_touched_row('int_mrr__item_versions') }}
),

cuts as (
    select * from {{ ref('int_mrr__item_cuts') }}
),

pieces as (
    {{ pieces_between('cuts') }}
)

-- What cuts a version tells the segment that begins there; a version tells its first.
select
    versions.*,
    coalesce(pieces.start_at, versions.start_at) as segment_start_at,
    coalesce(pieces.end_at, versions.end_at) as segment_end_at,
    case when pieces.is_cut then pieces.source_file else versions.source_file end
        as segment_source_file,
    case when pieces.is_cut then pieces.source_line else versions.source_line end
        as segment_source_line,
    case when pieces.is_cut then pieces.recorded_at else versions.recorded_at end
        as segment_recorded_at
from versions
left join pieces
    on
        versions.subscription_id = pieces.subscription_id
        and versions.item_id = pieces.item_id
        and versions.start_at = pieces.version_start_at
