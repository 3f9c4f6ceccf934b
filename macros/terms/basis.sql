{#- The basis of history that a source's settings name; NULL where they name none. -#}
{% macro configured_basis(source_name) -%}
    {%- set bases = var('mrr_basis') or {} -%}
    {%- if bases is mapping and bases -%}
        case {{ source_name }}
            {%- for name, basis in bases.items() %}
            when '{{ name | replace("'", "''") }}' then '{{ basis }}'
            {%- endfor %}
        end
    {%- else -%}
        cast(null as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}
