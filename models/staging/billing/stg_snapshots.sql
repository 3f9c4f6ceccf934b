-- One row per source, canonical table and extraction that listed all of it, or all nested rows of
-- the records in it: what such a listing lacks was not there then.
-- DECISIONS.md#a-source-that-is-named-no-longer
select
    _source as source_name,
    canonical_table,
    _extracted_at as recorded_at,
    max(case when is_full then 1 else 0 end) = 1 as is_full
from {{ source('raw', 'snapshots') }}
where {{ is_of_named_source() }}
group by
    _source,
    canonical_table,
    _extracted_at
