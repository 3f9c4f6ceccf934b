{#- The local day, in the reporting time zone, of an instant in UTC. -#}
{% macro local_date(instant) -%}
    {{ return(adapter.dispatch('local_date')(instant, reporting_timezone())) }}
{%- endmacro %}


{#- The day of an instant in UTC where the clocks show the zone that a column names. -#}
{% macro date_in_zone(instant, zone) -%}
    {{ return(adapter.dispatch('date_in_zone')(instant, zone)) }}
{%- endmacro %}


{#- The instant in UTC at which a local day begins. -#}
{% macro local_midnight(day) -%}
    {{ return(adapter.dispatch('local_midnight')(day, reporting_timezone())) }}
{%- endmacro %}


{#-
    Terms that an invoice may show though a later delivery was already in: a delivery that names its day only
    tells what happened later on that day too, so the terms of the day before may be those in force.
-#}
{% macro earlier_terms_at(told_before_at, invoiced_at) -%}
    case
        when
            cast(cast({{ told_before_at }} as date) as {{ type_instant() }}) = {{ told_before_at }}
            and {{ add_days_to_instant(told_before_at, 1) }} > {{ invoiced_at }}
            then {{ add_days_to_instant(told_before_at, -1) }}
        else {{ told_before_at }}
    end
{%- endmacro %}
