{#-
    A kept table holds from run to run what is not recomputed. The first line of its model says how:
    config(materialized='kept', by=...). From that follows which rows a run takes out, before it puts in what
    the model gives:
        customer, customer_number, subscription, record, reference: the rows of the affected
        arrived: the rows of each `key` of which something arrived in raw
        segment: the rows of the customers that are affected, or are in another segment now, which are named here
        regrouped_customer: the rows of those customers, in a table that is built after it
        number: none, because a number is given once
        sums: all rows; the model puts them in again, with what changed
    months='<column>': the rows of the recomputed months go too, whoever they are of.
    summed_by='<column>': another model adds the table up by that month. What the affected had in earlier months
    is set aside, so that the sums can take it off (signed_rows).
    A customer whose new result is empty vanishes so, and an attempt that was broken off is repeated without a
    trace.
-#}
{% macro forget_recomputed() -%}
    {%- set by, months, summed_by = config.require('by'), config.get('months'), config.get('summed_by') -%}
    {%- if by == 'sums' -%}
        {{ set_aside(is_month_before(months)) }}
        delete from {{ this }};
    {%- elif by == 'segment' -%}
        {{ name_regrouped_customers() }}
        {{ set_aside(is_regrouped_customer()) }}
        {{ forget_set_aside() }}
    {%- elif by != 'number' -%}
        {%- set conditions = [is_recomputed_by(by)] -%}
        {%- if summed_by -%}
            {{ set_aside(is_month_before(summed_by) ~ ' and ' ~ conditions[0]) }}
            {{ forget_set_aside() }}
        {%- endif -%}
        {%- if months -%}
            {#- What of the affected was set aside is gone: nobody asks again who they are. -#}
            {%- if summed_by -%}{%- do conditions.clear() -%}{%- endif -%}
            {%- do conditions.append('not ' ~ is_month_before(months)) -%}
        {%- endif -%}
        delete from {{ this }} where {{ conditions | join(' or ') }};
    {%- endif -%}
{%- endmacro %}


{#- The rows that `by` stands for, as a condition. -#}
{% macro is_recomputed_by(by) -%}
    {%- set conditions = {
        'customer': is_affected_customer,
        'customer_number': is_affected_customer_number,
        'regrouped_customer': is_regrouped_customer,
        'subscription': is_affected_subscription,
        'record': is_affected_record,
        'reference': is_affected_reference,
        'arrived': is_arrived_key,
    } -%}
    {%- if by not in conditions -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ " is kept by '" ~ by ~ "', which is no way to keep a table: "
            "macros/build/kept.sql lists them"
        ) }}
    {%- endif -%}
    {{ conditions[by]() }}
{%- endmacro %}


{#- Whether something arrived of the key of a staging table, in the one raw table that it reads. -#}
{% macro is_arrived_key() -%}
    {%- set key = config.require('key') -%}
    {{ key }} in ({{ arrived_keys(model.sources[0][1], key) }})
{%- endmacro %}


{#- Whether a month lies before those that are recomputed for everybody; the column holds a date or an index. -#}
{% macro is_month_before(column) -%}
    ({{ column }} < {{ recomputed_from_index() if column == 'month_index' else recomputed_from() }})
{%- endmacro %}


{#- A copy of some rows of the table in schema `runs`, each with its row number. -#}
{% macro set_aside(condition) -%}
    create or replace table runs.previous_{{ this.identifier }} as
    select *, rowid as row_before from {{ this }}
    where rowid in (select named.rowid from {{ this }} as named where {{ condition }});
{%- endmacro %}


{#-
    In the same transaction, while row numbers stand: to ask again who is affected would read the names of all
    customers again.
-#}
{% macro forget_set_aside() -%}
    delete from {{ this }}
    where rowid in (select previous.row_before from runs.previous_{{ this.identifier }} as previous);
{%- endmacro %}


{#-
    Of a customer that is not affected only the reseller can change, because who sold to whom is found in every
    source. Nothing tells which customers that bears on, so their segments are compared.
-#}
{% macro name_regrouped_customers() -%}
    create or replace table runs.regrouped_customers as
    select affected.id from runs.affected_customers as affected
    union
    select segments.customer_id
    from {{ this }} as segments
    left join intermediate.int_identity__customer_accounts as accounts
        on segments.customer_id = accounts.customer_id
    where segments.reseller <> {{ reseller_segment('accounts.reseller_id') }};
{%- endmacro %}


{#- The rows that the run set aside of a table; where everything is recomputed, no row of `like`. -#}
{% macro previous_rows(table, like) -%}
    {%- if only_affected() -%}
        (select * exclude (row_before) from runs.previous_{{ table }})
    {%- else -%}
        (select * from {{ like }} where false)
    {%- endif -%}
{%- endmacro %}


{#-
    The rows by which the sums of a kept table change, each with its sign: the recomputed months are added up
    anew; of the months before, what the affected were is taken off and what they are is added.
-#}
{% macro signed_rows(table) -%}
    select
        1 as sign,
        rows_now.*
    from {{ ref(table) }} as rows_now
    {%- if only_affected() %}
    {%- set month = graph.nodes['model.' ~ model.package_name ~ '.' ~ table].config.summed_by if execute else '' %}
    where not {{ is_month_before(month) }}

    union all

    select
        1 as sign,
        rows_now.*
    from {{ ref(table) }} as rows_now
    where
        {{ is_month_before(month) }}
        and {{ is_affected_row(table) }}

    union all

    select
        -1 as sign,
        rows_before.*
    from {{ previous_rows(table, like=ref(table)) }} as rows_before
    {%- endif %}
{%- endmacro %}


{#-
    In a table that numbers what has a key: the number of a row, in the order given. A run goes on after the
    last one, because other tables hold what was given; so numbers tell rows apart, and order nothing.
-#}
{% macro next_number(number, order_by) -%}
    cast(
        {% if only_affected() -%}
            (select coalesce(max(given.{{ number }}), 0) from {{ this }} as given) +
        {% endif -%}
        row_number() over (order by {{ order_by }}) as integer
    )
{%- endmacro %}


{% macro has_no_number(key) -%}
    {%- if only_affected() -%}
        ({{ key }}) not in (select ({{ key }}) from {{ this }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
