{#-
    The rows of the affected in a large table of which many columns are read. Asked by name, the engine reads every
    text of every row and then keeps a few. This way it finds the few row numbers in one column, and reads the
    other columns of these rows only.
-#}
{% macro is_affected_row(table) -%}
    {%- if asks_the_run() or only_affected() -%}
        {%- if execute and not is_affected_in(graph.nodes.get('model.' ~ model.package_name ~ '.' ~ table)) -%}
            {{ exceptions.raise_compiler_error(
                model.name ~ " asks for the affected rows of " ~ table ~ ", which is not kept by customer or "
                "subscription: ask with is_affected_customer() instead"
            ) }}
        {%- endif -%}
        runs.is_affected_row_of_{{ table }}(rowid)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{#- The functions behind it, one of each table that can be read so. -#}
{% macro functions_of_rows() -%}
    {%- for node in (graph.nodes.values() if execute else []) if is_affected_in(node) %}
    create or replace macro runs.is_affected_row_of_{{ node.name }}(any_row) as
        {% if only_affected() -%}
        any_row in (
            select named.rowid from {{ node.schema }}.{{ node.name }} as named
            where {{ is_affected_in(node) }}
        )
        {%- else %}true{% endif %};
    {%- endfor %}
{%- endmacro %}


{#-
    Whether a row of a table is of the affected: a condition where the table is kept by customer or subscription
    (or by one of these ids as it arrives), else nothing.
-#}
{% macro is_affected_in(node) -%}
    {%- if node and node.config.materialized == 'kept' -%}
        {%- set id = node.config.key or node.config.by -%}
        {%- if id in ('customer', 'customer_id') -%}
            {{ is_affected_customer() }}
        {%- elif id == 'customer_number' -%}
            {{ is_affected_customer_number() }}
        {%- elif id in ('subscription', 'subscription_id') -%}
            {{ is_affected_subscription() }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
