{#- Contracts are written with the names of DuckDB; `varchar` without a length is none of Spark's. -#}
{% macro spark__cast(field, type) -%}
    cast({{ field }} as {{ 'string' if type == 'varchar' else type }})
{%- endmacro %}
