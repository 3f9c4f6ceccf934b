with latest as (
    {{ latest_rows('commitments', ['commitment_id']) }}
)

select
    {{ source_key('commitment_id') }} as commitment_id,
    {{ source_key('subscription_id') }} as subscription_id,
    cast(amount as {{ type_money() }}) as amount,
    currency,
    cast(starts_at as {{ type_instant() }}) as starts_at,
    cast(ends_at as {{ type_instant() }}) as ends_at,
    interval_unit,
    cast(interval_count as integer) as interval_count,
    coalesce(anchor, 'start') as anchor,
    coalesce(time_zone, 'UTC') as time_zone,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
-- The list of a source has every subscription, also those without a minimum.
where cast(amount as {{ type_money() }}) > 0
