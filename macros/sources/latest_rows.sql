{#-
    The version in force of each row of a canonical table: the last by extraction, delivery, file
    and line, for each source and key. Rows the source deleted are left out unless asked for.
-#}
{% macro latest_rows(table, key, keep_deleted=false) -%}
    {%- set of_a_key -%}
        partition by _source, {{ key | join(', ') }}
        order by _extracted_at desc, _delivery_id desc, _file desc, _line desc
    {%- endset -%}
    select *
    from (
        {{ ranked_rows(table, key, of_a_key) }}
    ) as versions
    where
        version_rank = 1
        {%- if not keep_deleted %}
        and not _is_deleted
        {%- endif %}
{%- endmacro %}


{#-
    The rows of a canonical table with their `version_rank` of 1, 2, ... in a window that parts them by `key`.
    Few keys come twice. So where all of a large table is read, only the rows of keys whose hash comes twice are
    put in order: to sort every column of every row takes three times as long, and more memory than there is.
-#}
{% macro ranked_rows(table, key, of_a_key) -%}
    {%- set rows = source('raw', table) -%}
    {%- if is_read_whole() %}
        {%- set key_hash = 'hash(_source, ' ~ key | join(', ') ~ ')' %}
        with repeated as (
            select {{ key_hash }} as key_hash
            from {{ rows }}
            group by {{ key_hash }}
            having count(*) > 1
        )

        select
            *,
            1 as version_rank
        from {{ rows }}
        where {{ key_hash }} not in (select key_hash from repeated)

        union all

        select
            *,
            row_number() over ({{ of_a_key }}) as version_rank
        from {{ rows }}
        where {{ key_hash }} in (select key_hash from repeated)
    {%- else %}
        select
            *,
            row_number() over ({{ of_a_key }}) as version_rank
        from {{ rows }}
        where {{ is_arrived(table, key[0]) }}
    {%- endif %}
{%- endmacro %}


{#- `<source name>:<native id>`: ids of two sources never collide. NULL stays NULL. -#}
{% macro source_key(column, source_column='_source') -%}
    ({{ source_column }} || ':' || {{ column }})
{%- endmacro %}
