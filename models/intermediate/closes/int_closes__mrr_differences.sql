{{ config(materialized='table') }}

-- Grain: one row per base, month, customer and column of its MRR that is not what was reported.
with pairs as (
    select * from {{ ref('int_closes__mrr_pairs') }}
)
{% for column in reported_columns() %}
select
    base_id,
    period_month,
    customer_id,
    '{{ column }}' as column_name,
    {{ column }}_reported as as_reported,
    {{ column }}_restated as restated
from pairs
where
    {{ column }}_reported <> {{ column }}_restated
    {%- if column not in moving_columns() %}
    and not has_begun_since
    {%- endif %}
{% if not loop.last %}
union all
{% endif %}
{%- endfor %}
