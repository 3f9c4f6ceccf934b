{#-
    A run recomputes everything, or only what is affected by what came since the last build. In the second case
    the var recomputed_from is the first month that is recomputed for everybody, and schema `runs` names the
    affected customers (orchestration/build/scope.py). Spark always recomputes everything.
-#}
{% macro only_affected() -%}
    {{ return(var('recomputed_from') is not none and target.type == 'duckdb') }}
{%- endmacro %}


{#- dbt asks this of its seeds: they are made anew wherever they are made at all. -#}
{% macro should_full_refresh() -%}
    {{ return(not only_affected()) }}
{%- endmacro %}


{#- on-run-start: whatever touches the file, only a build that ends well may be built upon. -#}
{% macro forget_last_build() -%}
    {%- if target.type == 'duckdb' -%}
        drop table if exists runs.built
    {%- endif -%}
{%- endmacro %}


{#-
    on-run-start: what differs from run to run, as SQL functions that the views call. So the text of a view is
    the same in every run, and the view stands until settings or models change (orchestration/build/models.py).
-#}
{% macro set_the_run() -%}
    {%- if target.type == 'duckdb' and var('as_of') is not none -%}
        create schema if not exists runs;
        create or replace macro runs.as_of() as {{ as_of() }};
        create or replace macro runs.recomputed_from() as {{ recomputed_from() }};
        create or replace macro runs.is_affected_customer(any_id) as
            {{ is_affected_customer('any_id') }};
        create or replace macro runs.is_affected_subscription(any_id) as
            {{ is_affected_subscription('any_id') }};
        create or replace macro runs.is_affected_customer_number(any_number) as
            {{ is_affected_customer_number('any_number') }};
        {{ functions_of_rows() }}
    {%- endif -%}
{%- endmacro %}


{#-
    Whether the SQL asks those functions: the query of a view does. Elsewhere what differs is written into the
    SQL itself, because a table is made anew and a unit test has no run.
-#}
{% macro asks_the_run() -%}
    {{ return(
        target.type == 'duckdb'
        and model.resource_type == 'model'
        and model.config.materialized == 'view'
    ) }}
{%- endmacro %}


{#- The first month that is recomputed for everybody; where everything is, one before all others. -#}
{% macro recomputed_from() -%}
    {%- if asks_the_run() -%}
        runs.recomputed_from()
    {%- else -%}
        cast('{{ var("recomputed_from") or "0001-01-01" }}' as date)
    {%- endif -%}
{%- endmacro %}


{% macro recomputed_from_index() -%}
    {{ month_index(recomputed_from()) }}
{%- endmacro %}
