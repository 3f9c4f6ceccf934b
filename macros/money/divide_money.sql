{#-
    numerator / denominator as money, rounded once, half up. The numerator is type_exact() and not
    negative, the denominator a positive whole number. The only place where money is divided.
-#}
{% macro divide_money(numerator, denominator) -%}
    {{ return(adapter.dispatch('divide_money')(numerator, denominator)) }}
{%- endmacro %}


{#- An amount in another currency, rounded once, half up. -#}
{% macro convert_money(amount, exchange_rate) -%}
    {{ return(adapter.dispatch('convert_money')(amount, exchange_rate)) }}
{%- endmacro %}


{% macro default__convert_money(amount, exchange_rate) -%}
    cast({{ amount }} * {{ exchange_rate }} as {{ type_money() }})
{%- endmacro %}


{#- One quotation over another. -#}
{% macro divide_rates(numerator, denominator) -%}
    cast(
        cast({{ numerator }} as {{ type_double() }}) / nullif(cast({{ denominator }} as {{ type_double() }}), 0)
        as {{ type_exchange_rate() }}
    )
{%- endmacro %}
