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


{#- A line's amount, whatever its sign, as that of a whole billing period. -#}
{% macro whole_period_amount(amount) -%}
    case
        when is_part then {{ full_period_amount(
            'abs(' ~ amount ~ ')', 'service_start_at', 'service_end_at', 'interval_unit', 'interval_count'
        ) }}
        else cast(abs({{ amount }}) as {{ type_price() }})
    end
{%- endmacro %}


{#- What a charge is worth once a part of what was paid for it was given back. -#}
{% macro amount_left(charged, charged_net, credited_net) -%}
    cast(
        cast({{ charged }} as {{ type_double() }})
        * greatest(
            1 - cast({{ credited_net }} as {{ type_double() }})
            / nullif(cast({{ charged_net }} as {{ type_double() }}), 0),
            0
        )
        as {{ type_price() }}
    )
{%- endmacro %}
