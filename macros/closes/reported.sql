{#- The columns of a customer's month that make its reported closing MRR, from its opening on. -#}
{% macro reported_columns() -%}
    {{ return([
        'opening_mrr',
        'new_mrr',
        'expansion_mrr',
        'contraction_mrr',
        'churned_mrr',
        'reactivation_mrr',
        'fx_mrr',
        'prior_period_adjustment',
        'closing_mrr',
    ]) }}
{%- endmacro %}


{#- Those that say what moved: what a month that has begun since brings of its own. -#}
{% macro moving_columns() -%}
    {{ return(
        reported_columns()
        | reject('in', ['opening_mrr', 'closing_mrr', 'prior_period_adjustment'])
        | list
    ) }}
{%- endmacro %}


{#- The classes of revenue that an event brings, each with its column by month; the rest was earned. -#}
{% macro contra_columns() -%}
    {{ return({
        'credit_note': 'credit_notes',
        'refund': 'refunds',
        'void': 'voids',
        'bad_debt': 'bad_debt',
        'dispute': 'disputes',
    }) }}
{%- endmacro %}


{#- The first day of the last closed month; NULL where none is closed. -#}
{% macro last_closed_month() -%}
    (select max(closed.period_month) from {{ ref('stg_reported_bases') }} as closed where closed.kind = 'close')
{%- endmacro %}


{#-
    Rows that left a delivery since: a select statement with the last file and line that told of each, in the table
    of raw named here, of which `key` tells rows apart and `columns` say whose they are.
-#}
{% macro rows_that_left(table, key, columns) -%}
    select
        '{{ table }}' as told_in,
        _source as source_name,
        {{ columns }},
        _extracted_at as recorded_at,
        _loaded_at as loaded_at,
        told_file as source_file,
        told_line as source_line
    from (
        select
            told.*,
            lag(told._file) over history as told_file,
            lag(told._line) over history as told_line
        from {{ source('raw', table) }} as told
        inner join (
            select distinct _source as gone_source
            {%- for name in key %}, {{ name }} as gone_{{ name }}{% endfor %}
            from {{ source('raw', table) }}
            where _is_deleted
        ) as gone
            on
                told._source = gone.gone_source
                {%- for name in key %}
                and told.{{ name }} = gone.gone_{{ name }}
                {%- endfor %}
        window history as (
            partition by told._source{% for name in key %}, told.{{ name }}{% endfor %}
            order by told._extracted_at, told._delivery_id, told._file, told._line
        )
    ) as history
    where _is_deleted and {{ is_of_named_source() }}
{%- endmacro %}
