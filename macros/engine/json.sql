{#- In a select list: one row for each element of a JSON array. -#}
{% macro json_elements(column) -%}
    {{ return(adapter.dispatch('json_elements')(column)) }}
{%- endmacro %}


{#- A field of a JSON object as text; null and absent are NULL. -#}
{% macro json_text(column, field) -%}
    {{ return(adapter.dispatch('json_text')(column, field)) }}
{%- endmacro %}


{% macro duckdb__json_elements(column) -%}
    unnest(cast(cast({{ column }} as json) as json[]))
{%- endmacro %}


{% macro duckdb__json_text(column, field) -%}
    json_extract_string({{ column }}, '$.{{ field }}')
{%- endmacro %}
