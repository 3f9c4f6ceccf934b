{#- The only clock of the models: the as-of instant of the run, in UTC. -#}
{% macro as_of() -%}
    {%- set instant = as_of_instant() -%}
    {%- if asks_the_run() -%}
        runs.as_of()
    {%- else -%}
        {{ instant_literal(instant) }}
    {%- endif -%}
{%- endmacro %}


{#- The same as a Python datetime, for SQL that is written differently by date. -#}
{% macro as_of_instant() -%}
    {%- set text = var('as_of') -%}
    {%- if text is none -%}
        {%- if execute -%}
            {{ exceptions.raise_compiler_error(
                "as_of is not set: pass an ISO instant with --vars, as `saas-metrics run` does"
            ) }}
        {%- endif -%}
        {{ return(modules.datetime.datetime(2000, 1, 1, tzinfo=modules.pytz.utc)) }}
    {%- endif -%}
    {%- set instant = modules.datetime.datetime.fromisoformat(text | string) -%}
    {%- if instant.tzinfo is none -%}
        {{ return(instant.replace(tzinfo=modules.pytz.utc)) }}
    {%- endif -%}
    {{ return(instant.astimezone(modules.pytz.utc)) }}
{%- endmacro %}


{#- The local day and month the run stands in: the month is the unfinished one. -#}
{% macro as_of_date() -%}
    {{ local_date(as_of()) }}
{%- endmacro %}


{% macro as_of_month() -%}
    {{ month_start(as_of_date()) }}
{%- endmacro %}


{% macro instant_literal(instant) -%}
    cast('{{ instant.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as {{ type_instant() }})
{%- endmacro %}
