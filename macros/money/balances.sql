{#- A native balance at a rate; nothing is worth nothing even where no rate is known. -#}
{% macro balance_in_reporting_currency(amount, currency, exchange_rate) -%}
    case
        when {{ amount }} = 0 then cast(0 as {{ type_money() }})
        when {{ currency }} = {{ reporting_currency() }} then {{ amount }}
        else {{ convert_money(amount, exchange_rate) }}
    end
{%- endmacro %}
