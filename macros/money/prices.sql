{#- The mean price of a unit where it is made of tiers; it explains deltas, it never makes MRR. -#}
{% macro average_price(amount, quantity) -%}
    cast(
        cast({{ amount }} as {{ type_double() }}) / nullif(cast({{ quantity }} as {{ type_double() }}), 0)
        as {{ type_price() }}
    )
{%- endmacro %}


{#- p0 x (q1 - q0) as money per month, rounded once. -#}
{% macro quantity_effect(price, quantity_before, quantity_after, unit, count) -%}
    case
        when {{ quantity_after }} = {{ quantity_before }} then cast(0 as {{ type_money() }})
        when {{ quantity_after }} > {{ quantity_before }}
            then {{ price_of_more(price, quantity_before, quantity_after, unit, count) }}
        else
            -{{ price_of_more(price, quantity_after, quantity_before, unit, count) }}
    end
{%- endmacro %}


{% macro price_of_more(price, quantity_before, quantity_after, unit, count) -%}
    {%- set quantity = '(' ~ quantity_after ~ ' - ' ~ quantity_before ~ ')' -%}
    {{ monthly(
        '(' ~ quantity ~ ' * ' ~ price ~ ')',
        unit,
        count,
        '(cast(' ~ quantity ~ ' as ' ~ type_double() ~ ') * cast(' ~ price ~ ' as ' ~ type_double() ~ '))'
    ) }}
{%- endmacro %}


{#- How many packages a quantity is charged as: a part of one counts whole (up) or not at all (down). -#}
{% macro packages(quantity, package_size, rounding) -%}
    cast(
        case {{ rounding }}
            when 'down' then floor({{ ratio(quantity, package_size) }})
            when 'up' then ceil({{ ratio(quantity, package_size) }})
        end as {{ type_quantity() }}
    )
{%- endmacro %}
