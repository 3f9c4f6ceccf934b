{#- A ratio as a double; an empty population gives NULL, never 0. -#}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as {{ type_double() }})
    / nullif(cast({{ denominator }} as {{ type_double() }}), 0)
{%- endmacro %}


{#- A ratio as a decimal, so that a sum of such is the same in any order of its rows. -#}
{% macro exact_ratio(numerator, denominator) -%}
    cast({{ ratio(numerator, denominator) }} as {{ type_exact() }})
{%- endmacro %}
