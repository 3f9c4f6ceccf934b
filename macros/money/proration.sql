{#- What a prorated amount is for a whole billing period that ends with its service. -#}
{% macro full_period_amount(amount, service_start, service_end, unit, count) -%}
    cast(
        cast({{ amount }} as {{ type_double() }})
        * {{ seconds_between(add_period(service_end, unit, '-' ~ count), service_end) }}
        / {{ seconds_between(service_start, service_end) }}
        as {{ type_price() }}
    )
{%- endmacro %}


{% macro seconds_between(from_instant, to_instant) -%}
    {{ return(adapter.dispatch('seconds_between')(from_instant, to_instant)) }}
{%- endmacro %}
