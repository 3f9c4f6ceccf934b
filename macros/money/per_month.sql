{#-
    The two sides of "times per month" of a billing period, kept apart so that an amount is divided
    once: amount * per_month_numerator / per_month_denominator. NULL for a unit that never renews.
-#}
{% macro per_month_numerator(unit) -%}
    case {{ unit }}
        when 'day' then cast({{ policy('days_per_year') }} as decimal(9, 4))
        when 'week' then cast({{ policy('weeks_per_year') }} as decimal(9, 4))
        when 'month' then cast(1 as decimal(9, 4))
        when 'quarter' then cast(1 as decimal(9, 4))
        when 'year' then cast(1 as decimal(9, 4))
    end
{%- endmacro %}


{% macro per_month_denominator(unit, count) -%}
    case {{ unit }}
        when 'day' then 12 * {{ count }}
        when 'week' then 12 * {{ count }}
        when 'month' then {{ count }}
        when 'quarter' then 3 * {{ count }}
        when 'year' then 12 * {{ count }}
    end
{%- endmacro %}


{#-
    An amount per invoice as money per month. Where rows are many, the amount comes as a double too: DuckDB
    takes ten times as long to divide in 128 bits. The product of two short decimals must fit 64 bits there, so one
    of them is made long.
-#}
{% macro monthly(amount, unit, count, amount_as_double=none) -%}
    {%- set exact = divide_money(
        'cast(cast(' ~ amount ~ ' as ' ~ type_exact() ~ ') * ' ~ per_month_numerator(unit) ~ ' as ' ~ type_exact() ~ ')',
        per_month_denominator(unit, count)
    ) -%}
    {{ return(adapter.dispatch('round_product')(
        exact,
        (amount_as_double or 'cast(' ~ amount ~ ' as ' ~ type_double() ~ ')') ~ ' * ' ~ per_month(unit, count)
    )) }}
{%- endmacro %}


{#- Times per month as a double. -#}
{% macro per_month(unit, count) -%}
    cast({{ per_month_numerator(unit) }} as {{ type_double() }})
    / cast({{ per_month_denominator(unit, count) }} as {{ type_double() }})
{%- endmacro %}


{#- An amount per invoice as a weight per month, with more digits than money: it shares, it is never summed. -#}
{% macro monthly_weight(amount, unit, count) -%}
    cast(
        cast({{ amount }} as {{ type_double() }}) * {{ per_month(unit, count) }}
        as {{ type_exact() }}
    )
{%- endmacro %}


{#- Money per month as the amount of one invoice: `monthly` the other way round. -#}
{% macro per_invoice(amount, unit, count) -%}
    cast(
        cast({{ amount }} as {{ type_double() }})
        * cast({{ per_month_denominator(unit, count) }} as {{ type_double() }})
        / cast({{ per_month_numerator(unit) }} as {{ type_double() }})
        as {{ type_exact() }}
    )
{%- endmacro %}
