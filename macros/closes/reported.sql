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


{#- Each of these columns of two relations, 0 where one has no row. -#}
{% macro side_by_side(before, now) -%}
    {%- for column in reported_columns() %}
        coalesce({{ before }}.{{ column }}, 0) as {{ column }}_reported,
        coalesce({{ now }}.{{ column }}, 0) as {{ column }}_restated
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}


{% macro some_differ(pairs) -%}
    (
        {%- for column in reported_columns() %}
        {% if not loop.first %}or {% endif %}{{ pairs }}.{{ column }}_reported <> {{ pairs }}.{{ column }}_restated
        {%- endfor %}
    )
{%- endmacro %}


{#- Balances that a month opens and closes with are no news where it has begun since. -#}
{% macro one_row_per_difference(pairs) -%}
    {%- for column in reported_columns() %}
    select
        base_id,
        period_month,
        customer_id,
        '{{ column }}' as column_name,
        {{ column }}_reported as as_reported,
        {{ column }}_restated as restated
    from {{ pairs }}
    where
        {{ column }}_reported <> {{ column }}_restated
        {%- if column in ('opening_mrr', 'closing_mrr', 'prior_period_adjustment') %}
        and not has_begun_since
        {%- endif %}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
{%- endmacro %}


{#-
    What is known now beside each base that it is held against: a closed month against itself, the published
    release, which is of no month, against every one.
-#}
{% macro held_against_bases(known) -%}
    select
        bases.base_id,
        known.*
    from {{ known }} as known
    inner join bases on known.period_month = bases.period_month

    union all

    select
        bases.base_id,
        known.*
    from {{ known }} as known
    cross join bases
    where bases.kind = 'release'
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


{#-
    What rows of a table of raw said in some columns, a name for each, with the line of the delivery that said it first:
    a snapshot that says it again is no news.
-#}
{% macro first_tellings(table, columns, condition) -%}
    select
        _source as source_name,
        {%- for name, column in columns.items() %}
        {{ column }} as {{ name }},
        {%- endfor %}
        min(_loaded_at) as loaded_at,
        min(_extracted_at) as recorded_at,
        min_by(_file, _extracted_at) as source_file,
        min_by(_line, _extracted_at) as source_line
    from {{ source('raw', table) }}
    where
        {{ condition }}
        and {{ is_of_named_source() }}
    group by
        _source
        {%- for column in columns.values() %},
        {{ column }}
        {%- endfor %}
{%- endmacro %}
