-- Grain: one row per source that breaks the rule: its MRR is a multiple of what the last release
-- had, or next to nothing of it.
-- Five customers can honestly triple in a day. A source that is named no longer counts nowhere.
{%- set factor = policy('max_mrr_factor') %}
with customers as (
    select * from {{ ref('dim_customers') }}
),

published as (
    select * from {{ ref('stg_published_sources') }}
    where
        customers >= 10
        and currency = {{ reporting_currency() }}
        and {{ is_of_named_source('source_name') }}
),

newest as (
    select
        source_name,
        sum(mrr) as mrr
    from customers
    group by source_name
)

select
    published.source_name
    || ': its MRR is ' || cast(coalesce(newest.mrr, 0) as {{ dbt.type_string() }})
    || '; the last release had ' || cast(published.mrr as {{ dbt.type_string() }})
    || ' of ' || cast(published.customers as {{ dbt.type_string() }}) || ' customers' as message,
    published.source_name,
    coalesce(newest.mrr, 0) as mrr,
    published.mrr as published_mrr
from published
left join newest on published.source_name = newest.source_name
where
    coalesce(newest.mrr, 0) >= {{ factor }} * published.mrr
    or coalesce(newest.mrr, 0) * {{ factor }} <= published.mrr
