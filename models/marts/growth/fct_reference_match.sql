-- Grain: one row per pair of tables and source, with how many of its references match.
with reference_ids as (
    select * from {{ ref('int_growth__references') }}
),

totals as (
    select
        pair,
        source_name,
        cast(sum(reference_rows) as bigint) as reference_rows,
        cast(sum(case when is_matched then reference_rows else 0 end) as bigint) as matched_rows,
        {{ count_where('not is_matched') }} as unmatched_ids
    from reference_ids
    group by
        pair,
        source_name
),

unmatched as (
    select
        pair,
        source_name,
        {{ first_texts('reference_id') }} as first_ids
    from reference_ids
    where not is_matched
    group by
        pair,
        source_name
)

select
    totals.pair,
    totals.source_name,
    totals.reference_rows,
    totals.matched_rows,
    {{ ratio('totals.matched_rows', 'totals.reference_rows') }} as match_rate,
    totals.unmatched_ids,
    unmatched.first_ids as unmatched_sample
from totals
left join unmatched
    on
        totals.pair = unmatched.pair
        and totals.source_name = unmatched.source_name
