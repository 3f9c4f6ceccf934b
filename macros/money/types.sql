{#- Money, in the major unit. -#}
{% macro type_money() -%}decimal(18, 4){%- endmacro %}


{#- A unit price: fourteen digits before the point, twelve behind it. -#}
{% macro type_price() -%}decimal(26, 12){%- endmacro %}


{% macro type_quantity() -%}decimal(18, 6){%- endmacro %}


{% macro type_percent() -%}decimal(9, 6){%- endmacro %}


{#- Money before its one rounding: wide enough that a product of price, quantity and percents is exact. -#}
{% macro type_exact() -%}decimal(38, 14){%- endmacro %}


{#- Eighteen decimals: the inverse of a rate of 160 keeps its digits on large amounts. -#}
{% macro type_exchange_rate() -%}decimal(28, 18){%- endmacro %}


{% macro type_instant() -%}
    {{ return(adapter.dispatch('type_instant')()) }}
{%- endmacro %}


{#- 64 bits: dbt.type_float() is 32 bits on DuckDB. -#}
{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double')()) }}
{%- endmacro %}


{#- What one percentage leaves, from 0 to 1: six decimals of a percent. -#}
{% macro type_share() -%}decimal(9, 8){%- endmacro %}


{#- What all the percentages of a level leave; times an exact amount it still fits 38 digits. -#}
{% macro type_remaining_share() -%}decimal(11, 10){%- endmacro %}
