-- Grain: one row per pair of tables and source that breaks the rule: too many of its references
-- match nothing.
with matches as (
    select
        reference_match.*,
        reference_match.reference_rows - reference_match.matched_rows as unmatched_rows
    from {{ ref('fct_reference_match') }} as reference_match
)

select
    {{ told('pair') }} || ', ' || {{ told('source_name') }} || ': '
    || cast(unmatched_rows as {{ dbt.type_string() }})
    || ' of '
    || cast(reference_rows as {{ dbt.type_string() }})
    || ' references match nothing that was delivered: '
    || coalesce(unmatched_sample, 'nobody says which')
    || ' (max_unmatched_share is {{ policy("max_unmatched_share") }})' as message,
    pair,
    source_name,
    reference_rows,
    matched_rows
from matches
where unmatched_rows > {{ policy("max_unmatched_share") }} * reference_rows
