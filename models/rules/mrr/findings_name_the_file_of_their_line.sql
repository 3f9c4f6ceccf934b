-- Grain: one row per finding that breaks the rule: it names a line, and no file the line is in.
with findings as (
    select * from {{ ref('fct_mrr_findings') }}
)

select
    'finding ' || finding_id || ' names line ' || cast(source_line as {{ dbt.type_string() }})
    || ' of no file' as message,
    finding_id,
    finding_type,
    source_name,
    source_line
from findings
where source_file is null and source_line is not null
