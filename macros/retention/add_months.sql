{# The first day of the month that lies `count` months after another first day. #}
{% macro add_months(month, count) -%}
{{ month_from_index('(' ~ month_index(month) ~ ' + ' ~ count ~ ')') }}
{%- endmacro %}
