{#-
    Which rows a run looks at: those of the affected customers, and everybody's of the recomputed months.
    Each macro is a condition; where everything is recomputed, it is `true`.
-#}
{% macro is_affected_customer(column='customer_id') -%}
    {%- if asks_the_run() -%}
        runs.is_affected_customer({{ column }})
    {%- else -%}
        {{ is_named_in('affected_customers', column) }}
    {%- endif -%}
{%- endmacro %}


{% macro is_affected_subscription(column='subscription_id') -%}
    {%- if asks_the_run() -%}
        runs.is_affected_subscription({{ column }})
    {%- else -%}
        {{ is_named_in('affected_subscriptions', column) }}
    {%- endif -%}
{%- endmacro %}


{#- The same where customers go by their small number; by its own name, because hooks refer to nothing. -#}
{% macro is_affected_customer_number(column='customer_number') -%}
    {%- if asks_the_run() -%}
        runs.is_affected_customer_number({{ column }})
    {%- elif only_affected() -%}
        {{ column }} in (
            select numbered.customer_number from intermediate.int_customers__customer_numbers as numbered
            where {{ is_affected_customer('numbered.customer_id') }}
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{#-
    A customer's own record. A record that is delivered again as it was affects nobody, but it stands in another
    file and line from then on.
-#}
{% macro is_affected_record(column='record_id') -%}
    {%- call is_one_of(column) -%}
        select named.id from runs.affected_customers as named
        union all
        {{ arrived_keys('customers', 'customer_id') }}
    {%- endcall -%}
{%- endmacro %}


{#- A text that can name an affected customer, and others: its id with and without the source's name. -#}
{% macro is_affected_reference(column='reference') -%}
    {%- call is_one_of(column) -%}
        select named.id from runs.affected_customers as named
        union all
        select substr(named.id, instr(named.id, ':') + 1) from runs.affected_customers as named
    {%- endcall -%}
{%- endmacro %}


{#- Whether a customer is affected, or is in another segment than the last build put it in. -#}
{% macro is_regrouped_customer(column='customer_id') -%}
    {{ is_named_in('regrouped_customers', column) }}
{%- endmacro %}


{#- Whether it is in another segment though it is not affected. -#}
{% macro is_moved_customer(column='customer_id') -%}
    {%- call is_one_of(column) -%}
        select regrouped.id from runs.regrouped_customers as regrouped
        except
        select affected.id from runs.affected_customers as affected
    {%- endcall -%}
{%- endmacro %}


{% macro is_named_in(table, column) -%}
    {%- call is_one_of(column) -%}
        select named.id from runs.{{ table }} as named
    {%- endcall -%}
{%- endmacro %}


{#- Whether an id is one of those that the query in the block names. -#}
{% macro is_one_of(column) -%}
    {%- if only_affected() -%}
        {{ column }} in ({{ caller() }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{#- Whether a row is of a month that is recomputed for its customer. -#}
{% macro is_recomputed(month_index, is_affected=none) -%}
    {%- if only_affected() or asks_the_run() -%}
        ({{ month_index }} >= {{ recomputed_from_index() }} or {{ is_affected or is_affected_customer() }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{#- Of a customer's months, the first that is recomputed. -#}
{% macro first_recomputed(month_index, is_affected=none) -%}
    {%- if only_affected() or asks_the_run() -%}
        case
            when {{ is_affected or is_affected_customer() }} then {{ month_index }}
            else greatest({{ month_index }}, {{ recomputed_from_index() }})
        end
    {%- else -%}
        {{ month_index }}
    {%- endif -%}
{%- endmacro %}


{#- Of balances: whether one lasts into the recomputed months, given the month it changes in next. -#}
{% macro lasts_into_recomputed(next_month_index, is_affected) -%}
    {%- if only_affected() or asks_the_run() -%}
        (
            {{ next_month_index }} is null
            or {{ next_month_index }} > {{ recomputed_from_index() }}
            or {{ is_affected }}
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{#- The ids of a raw table of which something arrived since the last build. -#}
{% macro arrived_keys(table, key) -%}
    select _source || ':' || {{ key }} from {{ source('raw', table) }}
    where {{ is_newly_arrived() }}
{%- endmacro %}


{#- In a staging table: only the rows of keys of which something arrived. -#}
{% macro is_arrived(table, key) -%}
    {%- if only_affected() and model.config.materialized == 'kept' -%}
        rowid in (
            select known.rowid from {{ source('raw', table) }} as known
            where (known.{{ key }}, known._source) in (
                select arrived.{{ key }}, arrived._source from {{ source('raw', table) }} as arrived
                where {{ is_newly_arrived('arrived.') }}
            )
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{% macro is_newly_arrived(prefix='') -%}
    {{ prefix }}_delivery_id in (select delivery_id from runs.new_deliveries)
{%- endmacro %}


{#- Whether a staging table is made anew; one that is kept takes in what arrived, and a view is not stored. -#}
{% macro is_read_whole() -%}
    {{ return(
        target.type == 'duckdb' and not only_affected() and model.config.materialized == 'kept'
    ) }}
{%- endmacro %}
