{#- A policy of the specification, by its own name; an unknown name stops the build. -#}
{% macro policy(name) -%}
    {{ return(var(name)) }}
{%- endmacro %}


{% macro reporting_currency() -%}
    {%- set currency = var('reporting_currency') -%}
    {%- if execute and currency is none -%}
        {{ exceptions.raise_compiler_error(
            "reporting_currency is not set: pass it with --vars, as `saas-metrics run` does from company.yml"
        ) }}
    {%- endif -%}
    '{{ currency }}'
{%- endmacro %}


{#- The name of the zone, unquoted: it is chosen when the SQL is written, not row by row. -#}
{% macro reporting_timezone() -%}
    {{ return(var('reporting_timezone')) }}
{%- endmacro %}
