{# How many rows hold the condition: 0, not NULL, where none does. #}
{% macro count_where(condition) -%}
cast(count(case when {{ condition }} then 1 end) as bigint)
{%- endmacro %}

{# A sum of money as money again: engines widen sums. #}
{% macro money_sum(amount) -%}
cast(sum({{ amount }}) as {{ type_money() }})
{%- endmacro %}
