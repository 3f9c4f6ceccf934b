{#-
    A night recomputes everything, or only what was touched since the last build: then the var
    recomputed_from is the first month that is recomputed for everybody, and schema `nights` names
    the rest (orchestration/scope.py). Spark always recomputes everything.
-#}
{% macro only_touched() -%}
    {{ return(var('recomputed_from') is not none and target.type == 'duckdb') }}
{%- endmacro %}


{#- dbt's own question, answered from the night's scope instead of a flag. -#}
{% macro should_full_refresh() -%}
    {{ return(not only_touched()) }}
{%- endmacro %}


{#- on-run-start: whatever touches the file, only a build that ends well may be built upon. -#}
{% macro forget_last_build() -%}
    {%- if target.type == 'duckdb' -%}
        drop table if exists nights.built
    {%- endif -%}
{%- endmacro %}


{#-
    on-run-start: what differs from night to night, as SQL functions that the views call. So a view's text
    is the same every night, and it stands until settings or models change (orchestration/transform.py).
-#}
{% macro set_the_night() -%}
    {%- if target.type == 'duckdb' and var('as_of') is not none -%}
        create schema if not exists nights;
        create or replace macro nights.as_of() as {{ as_of() }};
        create or replace macro nights.recomputed_from() as {{ recomputed_from() }};
        create or replace macro nights.is_touched_customer(any_id) as
            {{ is_touched_customer('any_id') }};
        create or replace macro nights.is_touched_subscription(any_id) as
            {{ is_touched_subscription('any_id') }};
        create or replace macro nights.is_touched_customer_number(any_number) as
            {{ is_touched_customer_number('any_number') }};
        {%- for schema, table, is_touched in tables_read_by_row() %}
        create or replace macro nights.is_touched_row_of_{{ table }}(any_row) as
            {% if only_touched() -%}
            any_row in (
                select named.rowid from {{ schema }}.{{ table }} as named
                where {{ is_touched() }}
            )
            {%- else %}true{% endif %};
        {%- endfor %}
    {%- endif -%}
{%- endmacro %}


{% macro tables_read_by_row() -%}
    {{ return([
        ('staging', 'stg_subscription_items', is_touched_subscription),
        ('intermediate', 'int_mrr__item_versions', is_touched_customer),
        ('intermediate', 'int_mrr__item_states', is_touched_customer),
        ('intermediate', 'int_mrr__native_ledger', is_touched_customer),
        ('intermediate', 'int_mrr__customer_currency_days', is_touched_customer),
        ('marts', 'fct_mrr_ledger', is_touched_customer),
        ('marts', 'fct_customer_mrr_monthly', is_touched_customer),
    ]) }}
{%- endmacro %}


{#-
    A view's query stays from night to night. Elsewhere the night is written into the SQL
    itself: a table is made anew, a unit test has no night.
-#}
{% macro asks_the_night() -%}
    {{ return(
        target.type == 'duckdb'
        and model.resource_type == 'model'
        and model.config.materialized == 'view'
    ) }}
{%- endmacro %}


{% macro is_touched_customer(column='customer_id') -%}
    {%- if asks_the_night() -%}
        nights.is_touched_customer({{ column }})
    {%- else -%}
        {{ is_named_in('touched_customers', column) }}
    {%- endif -%}
{%- endmacro %}


{% macro is_touched_subscription(column='subscription_id') -%}
    {%- if asks_the_night() -%}
        nights.is_touched_subscription({{ column }})
    {%- else -%}
        {{ is_named_in('touched_subscriptions', column) }}
    {%- endif -%}
{%- endmacro %}


{#-
    A customer's own record. One that is delivered again as it was touches nobody, but stands in another file
    and line from then on.
-#}
{% macro is_touched_record(column='record_id') -%}
    {%- call is_one_of(column) -%}
        select named.id from nights.touched_customers as named
        union all
        {{ arrived_keys('customers', 'customer_id') }}
    {%- endcall -%}
{%- endmacro %}


{#- A text that can name a touched customer, and others: its id with and without the source's name. -#}
{% macro is_touched_reference(column='reference') -%}
    {%- call is_one_of(column) -%}
        select named.id from nights.touched_customers as named
        union all
        select substr(named.id, instr(named.id, ':') + 1) from nights.touched_customers as named
    {%- endcall -%}
{%- endmacro %}


{#-
    The rows of the touched in a large table of which many columns are read. Asked by name, the engine reads every
    text of every row and then keeps a few; this way it finds the few row numbers in one column, and reads the
    other columns of these rows only.
-#}
{% macro is_touched_row(table) -%}
    {%- if asks_the_night() or only_touched() -%}
        nights.is_touched_row_of_{{ table }}(rowid)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{#- Whether a customer was touched, or is in another segment than the last build put it in. -#}
{% macro is_regrouped_customer(column='customer_id') -%}
    {{ is_named_in('regrouped_customers', column) }}
{%- endmacro %}


{#- Whether it is in another segment though it was not touched. -#}
{% macro is_moved_customer(column='customer_id') -%}
    {%- call is_one_of(column) -%}
        select regrouped.id from nights.regrouped_customers as regrouped
        except
        select touched.id from nights.touched_customers as touched
    {%- endcall -%}
{%- endmacro %}


{% macro is_named_in(table, column) -%}
    {%- call is_one_of(column) -%}
        select named.id from nights.{{ table }} as named
    {%- endcall -%}
{%- endmacro %}


{#- Whether an id is one of those that the query in the block names; where everything is recomputed, it is. -#}
{% macro is_one_of(column) -%}
    {%- if only_touched() -%}
        {{ column }} in ({{ caller() }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{#- The same where customers go by their small number; by its own name, because hooks refer to nothing. -#}
{% macro is_touched_customer_number(column='customer_number') -%}
    {%- if asks_the_night() -%}
        nights.is_touched_customer_number({{ column }})
    {%- elif only_touched() -%}
        {{ column }} in (
            select numbered.customer_number from intermediate.int_mrr__customer_numbers as numbered
            where {{ is_touched_customer('numbered.customer_id') }}
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{#- Of a customer's months, the first that is recomputed. -#}
{% macro first_recomputed(month_index, is_touched=none) -%}
    {%- if only_touched() or asks_the_night() -%}
        case
            when {{ is_touched or is_touched_customer() }} then {{ month_index }}
            else greatest({{ month_index }}, {{ recomputed_from_index() }})
        end
    {%- else -%}
        {{ month_index }}
    {%- endif -%}
{%- endmacro %}


{#- Of balances: whether one lasts into the recomputed months, given the month it changes in next. -#}
{% macro lasts_into_recomputed(next_month_index, is_touched) -%}
    {%- if only_touched() or asks_the_night() -%}
        (
            {{ next_month_index }} is null
            or {{ next_month_index }} > {{ recomputed_from_index() }}
            or {{ is_touched }}
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{% macro is_recomputed(month_index, customer_id='customer_id') -%}
    {%- if only_touched() or asks_the_night() -%}
        ({{ month_index }} >= {{ recomputed_from_index() }} or {{ is_touched_customer(customer_id) }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{#- The first month that is recomputed for everybody; where everything is, one before all others. -#}
{% macro recomputed_from() -%}
    {%- if asks_the_night() -%}
        nights.recomputed_from()
    {%- else -%}
        cast('{{ var("recomputed_from") or "0001-01-01" }}' as date)
    {%- endif -%}
{%- endmacro %}


{% macro recomputed_from_index() -%}
    {{ month_index(recomputed_from()) }}
{%- endmacro %}


{#-
    Pre-hook of the tables that keep what was not touched. A customer whose new result is empty
    has to vanish, and an attempt that was broken off is repeated without a trace.
-#}
{% macro forget_where(condition) -%}
    {%- if only_touched() -%}
        delete from {{ this }} where {{ condition }}
    {%- endif -%}
{%- endmacro %}


{#-
    Where rows are many, their sums are kept too. A night adds the recomputed months up anew; of the months
    before them it takes off what the touched were and adds what they are. So a table that is added up lays
    aside, before it forgets them, the rows of the touched in these months.
-#}
{% macro lay_months_aside(month, first_month, is_touched) -%}
    {%- if only_touched() -%}
        {{ lay_aside(month ~ ' < ' ~ first_month ~ ' and ' ~ is_touched) }};
        {{ forget_laid_aside() }};
        delete from {{ this }} where {{ month }} >= {{ first_month }}
    {%- endif -%}
{%- endmacro %}


{% macro lay_aside_months_of_numbers() -%}
    {{ lay_aside('month_index < ' ~ recomputed_from_index() ~ ' and ' ~ is_touched_customer_number()) }}
{%- endmacro %}


{% macro lay_aside(condition) -%}
    {%- if only_touched() -%}
        create or replace table nights.former_{{ this.identifier }} as
        select *, rowid as former_row from {{ this }}
        where rowid in (select named.rowid from {{ this }} as named where {{ condition }})
    {%- endif -%}
{%- endmacro %}


{#-
    In the same transaction, while row numbers stand: to ask again who was touched would read the names of all
    customers again.
-#}
{% macro forget_laid_aside() -%}
    delete from {{ this }}
    where rowid in (select former.former_row from nights.former_{{ this.identifier }} as former)
{%- endmacro %}


{#- Of a table of such sums all lie aside, and come back with what changed. -#}
{% macro lay_sums_aside(month, first_month) -%}
    {%- if only_touched() -%}
        {{ lay_aside(month ~ ' < ' ~ first_month) }};
        delete from {{ this }}
    {%- endif -%}
{%- endmacro %}


{#-
    And of the customers' segments. Of a customer that was not touched only the reseller can change, because
    who sold to whom is found in every source; nothing tells which customers that bears on.
-#}
{% macro lay_regrouped_aside() -%}
    {%- if only_touched() -%}
        create or replace table nights.regrouped_customers as
        select touched.id from nights.touched_customers as touched
        union
        select segments.customer_id
        from {{ this }} as segments
        left join intermediate.int_identity__customer_accounts as accounts
            on segments.customer_id = accounts.customer_id
        where segments.reseller <> {{ reseller_segment('accounts.reseller_id') }};
        {{ lay_aside(is_regrouped_customer()) }};
        {{ forget_laid_aside() }}
    {%- endif -%}
{%- endmacro %}


{#- What the night laid aside of a table; where everything is recomputed, no row. -#}
{% macro former(table, like) -%}
    {%- if only_touched() -%}
        (select * exclude (former_row) from nights.former_{{ table }})
    {%- else -%}
        (select * from {{ like }} where false)
    {%- endif -%}
{%- endmacro %}


{#- The rows of a table by which its sums change, each with its sign. -#}
{% macro signed_rows(table, month, first_month, is_touched) -%}
    select
        1 as sign,
        rows_now.*
    from {{ ref(table) }} as rows_now
    where {{ month }} >= {{ first_month }}

    union all

    select
        1 as sign,
        rows_now.*
    from {{ ref(table) }} as rows_now
    where
        {{ month }} < {{ first_month }}
        and {{ is_touched }}

    union all

    select
        -1 as sign,
        rows_before.*
    from {{ former(table, like=ref(table)) }} as rows_before
{%- endmacro %}


{#-
    In a table that numbers what has a key: the number of a row, in the order given. A night goes on after the
    last one, because other tables hold what was given; so numbers tell rows apart, and order nothing.
-#}
{% macro next_number(number, order_by) -%}
    cast(
        {% if only_touched() -%}
            (select coalesce(max(given.{{ number }}), 0) from {{ this }} as given) +
        {% endif -%}
        row_number() over (order by {{ order_by }}) as integer
    )
{%- endmacro %}


{% macro has_no_number(key) -%}
    {%- if only_touched() -%}
        ({{ key }}) not in (select ({{ key }}) from {{ this }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{% macro forget_arrived(table, key) -%}
    {{ forget_where(key ~ ' in (' ~ arrived_keys(table, key) ~ ')') }}
{%- endmacro %}


{% macro arrived_keys(table, key) -%}
    select _source || ':' || {{ key }} from {{ source('raw', table) }}
    where {{ is_newly_arrived() }}
{%- endmacro %}


{#- Whether a staging table is made anew; one that is kept takes in what arrived, and a view is not stored. -#}
{% macro is_read_whole() -%}
    {{ return(
        target.type == 'duckdb' and not only_touched() and model.config.materialized == 'incremental'
    ) }}
{%- endmacro %}


{#- In a staging table: only the rows of keys of which something arrived. -#}
{% macro is_arrived(table, key) -%}
    {%- if only_touched() and model.config.materialized == 'incremental' -%}
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
    {{ prefix }}_delivery_id in (select delivery_id from nights.new_deliveries)
{%- endmacro %}
