{#- A number as a decimal, so that its sum does not depend on the order of the rows. -#}
{% macro exact_number(value) -%}
cast({{ value }} as decimal(38, 18))
{%- endmacro %}


{#- The square of a difference, as a double. -#}
{% macro squared_gap(one, other) -%}
(({{ one }} - {{ other }}) * ({{ one }} - {{ other }}))
{%- endmacro %}
