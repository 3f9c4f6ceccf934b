{# A value as a word of a rule's message; without one the message itself would be NULL. #}
{% macro told(value) -%}
coalesce(cast({{ value }} as {{ dbt.type_string() }}), 'nothing')
{%- endmacro %}
