{#-
    dbt builds beside a relation, renames the old one away, the new one in and drops the old one, because most
    databases can't replace a table inside a transaction. DuckDB can, and a run of many small models spends a
    sixth of its time on those renames: so the old one goes and the new one comes in one statement, and what
    fails leaves the old one as it was. A kept table is written in place too, with no temporary table between:
    what the run puts in was taken out before (macros/build/kept.sql).
-#}
{% materialization table, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        {{ drop_of_what_stands() }}
        {{ create_table_as(false, target, rows_of_the_model()) }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{% materialization kept, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {#- Read in every build, so that a word that is no way to keep a table stops the first one. -#}
    {%- set forgotten = forget_recomputed() -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        {%- if only_affected() -%}
            {{ forgotten }}
            insert into {{ target }} by name ({{ compiled_code }}
            )
        {%- else -%}
            {{ drop_of_what_stands() }}
            {{ create_table_as(false, target, rows_of_the_model()) }}
        {%- endif -%}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#- Spark recomputes everything, so there a kept table is a table. -#}
{% materialization kept, adapter='spark' %}
    {{ return(materialization_table_spark()) }}
{% endmaterialization %}


{#- Of a rule that Spark has asked, the rows that break it come as a table: asking again would cost as much here. -#}
{% materialization view, adapter='duckdb' %}
    {%- set comes_back = var('built_on_spark') is not none and this.schema == 'rules' -%}
    {%- set target = this.incorporate(type='table' if comes_back else 'view') -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        {{ drop_of_what_stands() }}
        {%- if comes_back %}
        {{ create_table_as(false, target, rows_of_the_model()) }}
        {%- else %}
        {{ create_view_as(target, compiled_code) }}
        {%- endif %}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{#-
    What a model gives; where Spark has built it, its rows as they lie in the folder of the run, in the types that
    the model gives here.
-#}
{% macro rows_of_the_model() -%}
    {%- set folder = var('built_on_spark') -%}
    {%- if folder is none -%}
        {{ model.compiled_code }}
    {%- else -%}
        {%- set files = [folder, this.schema ~ '.db', this.identifier, '*.parquet'] | join('/') -%}
        select
        {%- for column in adapter.get_column_schema_from_query(model.compiled_code) %}
            cast({{ adapter.quote(column.name) }} as {{ column.data_type }}) as {{ adapter.quote(column.name) }}
            {%- if not loop.last %},{% endif -%}
        {% endfor %}
        from read_parquet('{{ files | replace("'", "''") }}')
    {%- endif -%}
{%- endmacro %}


{% macro drop_of_what_stands() -%}
    {%- set standing = load_cached_relation(this) -%}
    {%- if standing is not none %}drop {{ standing.type }} {{ standing }};{% endif -%}
{%- endmacro %}


{#- A contract is compared with its model when settings or models changed: it asks the engine twice for each mart. -#}
{% macro duckdb__get_assert_columns_equivalent(sql) -%}
    {%- if not var('models_stand') -%}
        {{ assert_columns_equivalent(sql) }}
    {%- endif -%}
{%- endmacro %}
