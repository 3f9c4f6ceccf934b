{#-
    numerator / denominator as money, rounded once, half up. The numerator is type_exact() and not
    negative, the denominator a positive whole number. The only place where money is divided.
-#}
{% macro divide_money(numerator, denominator) -%}
    {{ return(adapter.dispatch('divide_money')(numerator, denominator)) }}
{%- endmacro %}


{#-
    An amount in another currency, rounded once, half up. Where rows are many, the rate comes as a double
    too: DuckDB takes ten times as long to make it one as to multiply by it. Most amounts of most companies
    are in the reporting currency, and are not multiplied at all.
-#}
{% macro convert_money(amount, exchange_rate, rate_as_double=none) -%}
    {%- set as_double = rate_as_double or 'cast(' ~ exchange_rate ~ ' as ' ~ type_double() ~ ')' -%}
    case
        when {{ rate_as_double or exchange_rate }} = 1 then cast({{ amount }} as {{ type_money() }})
        else {{ adapter.dispatch('round_product')(
            amount ~ ' * ' ~ exchange_rate,
            'cast(' ~ amount ~ ' as ' ~ type_double() ~ ') * ' ~ as_double
        ) }}
    end
{%- endmacro %}


{#- A product as money, given as decimals and as doubles. -#}
{% macro default__round_product(exact_product, double_product) -%}
    cast({{ exact_product }} as {{ type_money() }})
{%- endmacro %}


{#- One quotation over another. -#}
{% macro divide_rates(numerator, denominator) -%}
    cast(
        cast({{ numerator }} as {{ type_double() }}) / nullif(cast({{ denominator }} as {{ type_double() }}), 0)
        as {{ type_exchange_rate() }}
    )
{%- endmacro %}
