{% macro spark__type_instant() -%}timestamp{%- endmacro %}


{% macro spark__type_double() -%}double{%- endmacro %}


{#-
    `/` would round to some digits first and to money after; `div` of decimals is exact and cuts off.
    Amounts of 17 digits and more do not fit the product and stop the query.
-#}
{% macro spark__divide_money(numerator, denominator) -%}
    case
        when {{ denominator }} = 1 then cast({{ numerator }} as {{ type_money() }})
        else cast(
            cast(
                (
                    cast({{ numerator }} as decimal(30, 14)) * 20000
                    + cast({{ denominator }} as decimal(16, 0))
                ) div (cast({{ denominator }} as decimal(16, 0)) * 2)
                as decimal(20, 0)
            ) * 0.0001
            as {{ type_money() }}
        )
    end
{%- endmacro %}
