{#- How many rows of a table name each id in a column, by source, as a select. -#}
{% macro counted_references(table, column, condition='true') -%}
    select
        source_name,
        {{ column }} as reference_id,
        cast(count(*) as bigint) as reference_rows
    from {{ ref(table) }}
    where
        {{ column }} is not null
        and {{ condition }}
    group by
        source_name,
        {{ column }}
{%- endmacro %}
