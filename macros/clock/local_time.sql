{#- The local day, in the reporting time zone, of an instant in UTC. -#}
{% macro local_date(instant) -%}
    {{ return(adapter.dispatch('local_date')(instant, reporting_timezone())) }}
{%- endmacro %}


{#- The instant in UTC at which a local day begins. -#}
{% macro local_midnight(day) -%}
    {{ return(adapter.dispatch('local_midnight')(day, reporting_timezone())) }}
{%- endmacro %}
