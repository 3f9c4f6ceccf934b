-- Grain: one row per type of finding and source row that it is about.
with findings as (
    select
        finding_type,
        customer_id,
        subscription_id,
        item_id,
        since,
        source_name,
        source_file,
        source_line
    from {{ ref('int_findings__source_rows') }}

    union all

    select
        'possible_migration' as finding_type,
        customer_id,
        subscription_id,
        item_id,
        since,
        source_name,
        source_file,
        source_line
    from {{ ref('int_retention__possible_migrations') }}
),

types as (
    select * from {{ ref('mrr_finding_types') }}
)

select
    findings.finding_type
    || '/' || findings.source_name
    || '/' || coalesce(findings.source_file, '')
    || '/' || coalesce(cast(findings.source_line as {{ dbt.type_string() }}), '')
    || '/' || coalesce(findings.subscription_id, '')
    || '/' || coalesce(findings.item_id, '') as finding_id,
    findings.finding_type,
    types.severity,
    findings.customer_id,
    findings.subscription_id,
    findings.item_id,
    findings.since,
    types.what_it_means,
    types.what_to_do,
    findings.source_name,
    findings.source_file,
    findings.source_line
from findings
left join types on findings.finding_type = types.finding_type
