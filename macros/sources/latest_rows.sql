{#-
    The version in force of each row of a canonical table: the last by extraction, delivery, file
    and line, for each source and key. Rows the source deleted are left out unless asked for.
-#}
{% macro latest_rows(table, key, keep_deleted=false) -%}
    select *
    from (
        select
            *,
            row_number() over (
                partition by _source, {{ key | join(', ') }}
                order by _extracted_at desc, _delivery_id desc, _file desc, _line desc
            ) as version_rank
        from {{ source('raw', table) }}
        where {{ is_arrived(table, key[0]) }}
    ) as versions
    where
        version_rank = 1
        {%- if not keep_deleted %}
        and not _is_deleted
        {%- endif %}
{%- endmacro %}


{#- `<source name>:<native id>`: ids of two sources never collide. NULL stays NULL. -#}
{% macro source_key(column, source_column='_source') -%}
    ({{ source_column }} || ':' || {{ column }})
{%- endmacro %}
