{#-
    The version in force of each row of a canonical table: the last by extraction, delivery, file
    and line, for each source and key. Rows the source deleted are left out unless asked for, and so are those
    of a source that company.yml no longer names.
    `told` names, by a prefix, columns of which the row has the first telling beside it: the file, line and
    extraction of the first delivery that said of the key what the version in force says in these columns.
    Few keys come twice. So where all of a large table is read, only the rows of keys whose hash comes twice are
    put in order: to sort every column of every row takes three times as long, and more memory than there is.
-#}
{% macro latest_rows(table, key, keep_deleted=false, keep_last=false, told={}) -%}
    {%- set rows = source('raw', table) -%}
    {%- if keep_last -%}
        {%- set rows = '(select * from ' ~ rows ~ ' where not _is_deleted) as listed' -%}
    {%- endif -%}
    {%- set row_key = '_source, ' ~ key | join(', ') -%}
    {%- set ranked_rows -%}
        select
            *,
            {%- for prefix, columns in told.items() %}
            {%- for column in ['_file', '_line', '_extracted_at'] %}
            first_value({{ column }}) over (
                partition by {{ row_key }}, {{ columns | join(', ') }}
                order by _extracted_at, _delivery_id, _file, _line
            ) as {{ prefix }}{{ column }},
            {%- endfor %}
            {%- endfor %}
            row_number() over (
                partition by {{ row_key }}
                order by _extracted_at desc, _delivery_id desc, _file desc, _line desc
            ) as version_rank
        from {{ rows }}
        where {{ is_of_named_source() }}
    {%- endset -%}
    select *
    from (
        {%- if is_read_whole() %}
        with repeated as (
            select hash({{ row_key }}) as key_hash
            from {{ rows }}
            where {{ is_of_named_source() }}
            group by hash({{ row_key }})
            having count(*) > 1
        )

        select
            *,
            {%- for prefix in told %}
            {%- for column in ['_file', '_line', '_extracted_at'] %}
            {{ column }} as {{ prefix }}{{ column }},
            {%- endfor %}
            {%- endfor %}
            1 as version_rank
        from {{ rows }}
        where
            {{ is_of_named_source() }}
            and hash({{ row_key }}) not in (select key_hash from repeated)

        union all

        {{ ranked_rows }}
            and hash({{ row_key }}) in (select key_hash from repeated)
        {%- else %}
        {{ ranked_rows }}
            and {{ is_arrived(table, key[0]) }}
        {%- endif %}
    ) as versions
    where
        version_rank = 1
        {%- if not keep_deleted and not keep_last %}
        and not _is_deleted
        {%- endif %}
{%- endmacro %}


{#-
    Whether a row of `raw` is of a source that company.yml names now; the rows of the others stay there and count
    nowhere. The names are settings, so where they change everything is recomputed. A unit test has no company.
-#}
{% macro is_of_named_source(column='_source') -%}
    {%- if model.resource_type == 'unit_test' -%}
        true
    {%- elif execute and var('sources') is none -%}
        {{ exceptions.raise_compiler_error(
            "sources is not set: pass it with --vars, as `saas-metrics run` does from company.yml"
        ) }}
    {%- else -%}
        {{ column }} in ('{{ (var('sources') or []) | join("', '") }}')
    {%- endif -%}
{%- endmacro %}


{#- `<source name>:<native id>`: ids of two sources never collide. NULL stays NULL. -#}
{% macro source_key(column, source_column='_source') -%}
    ({{ source_column }} || ':' || {{ column }})
{%- endmacro %}


{#- The id as its source writes it: a key without the name that `source_key` put before it. -#}
{% macro native_id(key, source_column='source_name') -%}
    substring({{ key }}, length({{ source_column }}) + 2)
{%- endmacro %}
