{#-
    The billing interval that a service period of so many days is, as a unit and a count; a day less, where
    the end is written as the last day.
-#}
{% macro period_unit(days) -%}
    case
        when {{ days }} between 27 and 31 then 'month'
        when {{ days }} between 58 and 62 then 'month'
        when {{ days }} between 88 and 92 then 'quarter'
        when {{ days }} between 180 and 184 then 'quarter'
        when {{ days }} between 364 and 366 then 'year'
        when {{ days }} between 729 and 731 then 'year'
        when {{ days }} between 1094 and 1096 then 'year'
        else 'day'
    end
{%- endmacro %}


{% macro period_count(days) -%}
    case
        when {{ days }} between 58 and 62 then 2
        when {{ days }} between 180 and 184 then 2
        when {{ days }} between 729 and 731 then 2
        when {{ days }} between 1094 and 1096 then 3
        when
            {{ days }} between 27 and 31 or {{ days }} between 88 and 92 or {{ days }} between 364 and 366
            then 1
        else {{ days }}
    end
{%- endmacro %}
