{# The middle value as a double; NULL where there is none. #}
{% macro median_of(value) -%}
median(cast({{ value }} as {{ type_double() }}))
{%- endmacro %}

{# Hours to what came after an instant; NULL for what is said to have come before it. #}
{% macro hours_after(from_instant, to_instant) -%}
case when {{ to_instant }} >= {{ from_instant }} then {{ hours_between(from_instant, to_instant) }} end
{%- endmacro %}

{# Hours, with their fraction, from one instant to another. #}
{% macro hours_between(from_instant, to_instant) -%}
{{ return(adapter.dispatch('hours_between')(from_instant, to_instant)) }}
{%- endmacro %}

{% macro duckdb__hours_between(from_instant, to_instant) -%}
(epoch({{ to_instant }} - {{ from_instant }}) / 3600)
{%- endmacro %}

{% macro spark__hours_between(from_instant, to_instant) -%}
((unix_micros({{ to_instant }}) - unix_micros({{ from_instant }})) / 3.6e9)
{%- endmacro %}
