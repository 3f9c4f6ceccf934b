{#-
    Schemas are named as the configuration says: analysts read marts.x, not main_marts.x. In a catalog that others
    use too, the name of the warehouse stands before each (orchestration/build/spark/catalog.py).
-#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ var('schema_prefix', '') }}{{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
