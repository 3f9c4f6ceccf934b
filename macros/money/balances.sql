{#- A native balance at a rate; nothing is worth nothing even where no rate is known. -#}
{% macro balance_in_reporting_currency(amount, currency, exchange_rate, rate_as_double=none) -%}
    case
        when {{ amount }} = 0 then cast(0 as {{ type_money() }})
        when {{ currency }} = {{ reporting_currency() }} then {{ amount }}
        else {{ convert_money(amount, exchange_rate, rate_as_double) }}
    end
{%- endmacro %}


{#-
    One part of a native balance at a rate, given the sum of the parts up to and including it: what the
    rounded sum grows by. So the parts add up to the rounded balance.
-#}
{% macro converted_part(level, part, exchange_rate, rate_as_double) -%}
    case
        when {{ part }} = 0 then cast(0 as {{ type_money() }})
        else
            {{ convert_money(level, exchange_rate, rate_as_double) }}
            - {{ convert_money('(' ~ level ~ ' - ' ~ part ~ ')', exchange_rate, rate_as_double) }}
    end
{%- endmacro %}


{#- An effect on a native balance, as the step between the converted balances before and after it. -#}
{% macro converted_effect(native_effect, balance_before, balance_after) -%}
    cast(
        case when {{ native_effect }} = 0 then 0 else {{ balance_after }} - {{ balance_before }} end
        as {{ type_money() }}
    )
{%- endmacro %}


{#- The day at whose rate a month's cost is valued: the month's last, as a balance is; never after as_of. -#}
{% macro cost_valued_on(cost_month) -%}
    least({{ month_end_from_index(month_index(cost_month)) }}, {{ as_of_date() }})
{%- endmacro %}


{#-
    What a part of an amount comes to that goes with `level` of `whole`, rounded. Taken at each level in turn, the
    differences add up to the amount.
-#}
{% macro share_of_level(amount, level, whole) -%}
    cast(
        cast({{ level }} as {{ type_double() }})
        / nullif(cast({{ whole }} as {{ type_double() }}), 0)
        * cast({{ amount }} as {{ type_double() }})
        as {{ type_money() }}
    )
{%- endmacro %}
