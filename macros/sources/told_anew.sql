{#-
    What each delivery said of a row of a canonical table where it said something new in `columns`, as a select: what was
    said before stays true of its time. With keep_deleted, a row that is gone is told as deleted.
-#}
{% macro told_anew(table, key, columns, keep_deleted=false) -%}
    select
        compared.*,
        previous_terms is null as is_first
    from (
        select
            described.*,
            lag(terms) over (partition by _source, {{ key }} order by _extracted_at) as previous_terms
        from (
            select
                observations.*,
                case when _is_deleted then 'deleted' else {{ as_one_text(columns) }} end as terms
            from (
                {{ latest_rows(table, [key, '_extracted_at'], keep_deleted=keep_deleted) }}
            ) as observations
        ) as described
    ) as compared
    where terms <> coalesce(previous_terms, 'deleted')
{%- endmacro %}
