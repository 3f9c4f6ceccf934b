{#-
    dbt builds beside a relation, renames the old one away, the new one in and drops the old one, because most
    databases can't replace a table inside a transaction. DuckDB can, and a night of many small models
    spends a sixth of its time on those renames: so the old one goes and the new one comes in one statement,
    and what fails leaves the old one as it was.
-#}
{% materialization table, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        {{ drop_of_what_stands() }}
        {{ create_table_as(false, target, compiled_code) }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{% materialization view, adapter='duckdb' %}
    {%- set target = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        {{ drop_of_what_stands() }}
        {{ create_view_as(target, compiled_code) }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{% macro drop_of_what_stands() -%}
    {%- set standing = load_cached_relation(this) -%}
    {%- if standing is not none %}drop {{ standing.type }} {{ standing }};{% endif -%}
{%- endmacro %}
