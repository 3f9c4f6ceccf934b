{#- Schemas are named as the configuration says: analysts read marts.x, not main_marts.x. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
