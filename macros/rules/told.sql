{# A value as a word of a rule's message; without one the message itself would be NULL. #}
{% macro told(value) -%}
coalesce(cast({{ value }} as {{ dbt.type_string() }}), 'nothing')
{%- endmacro %}


{# A day or month, or whatever else comes first, and the segment of it: how the message of its rule begins. #}
{% macro told_segment(first) -%}
{{ told(first) }} || ', ' || {{ told('segment_type') }} || ' ' || {{ told('segment_value') }}
{%- endmacro %}
