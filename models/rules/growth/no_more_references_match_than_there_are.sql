-- Grain: one row per pair of tables and source that breaks the rule: more references match than
-- there are, or nobody counted them.
with matches as (
    select * from {{ ref('fct_reference_match') }}
)

select
    {{ told('pair') }} || ', ' || {{ told('source_name') }} || ': '
    || {{ told('matched_rows') }}
    || ' of '
    || {{ told('reference_rows') }}
    || ' references match' as message,
    pair,
    source_name
from matches
where coalesce(matched_rows not between 0 and reference_rows, true)
