{#- Names are personal data: they reach the marts only where publish_customer_names says so. -#}
{% macro customer_name(column) -%}
    {%- if var('publish_customer_names') -%}
        {{ column }}
    {%- else -%}
        cast(null as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}
