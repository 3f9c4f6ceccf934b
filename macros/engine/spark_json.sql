{% macro spark__json_elements(column) -%}
    explode(from_json({{ column }}, 'array<string>'))
{%- endmacro %}


{% macro spark__json_text(column, field) -%}
    get_json_object({{ column }}, '$.{{ field }}')
{%- endmacro %}
