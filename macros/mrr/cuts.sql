{#-
    Of the cuts that lie within their version, one at each instant, by who was first to tell it: a select. `cuts` has
    version_start_at, cut_at and the row that told it; `versions` start_at and end_at, of subscription and item both.
-#}
{% macro cuts_within(cuts, versions) -%}
    select
        subscription_id,
        item_id,
        version_start_at,
        cut_at,
        source_file,
        source_line,
        recorded_at
    from (
        select
            {{ cuts }}.*,
            row_number() over (
                partition by
                    {{ cuts }}.subscription_id,
                    {{ cuts }}.item_id,
                    {{ cuts }}.version_start_at,
                    {{ cuts }}.cut_at
                order by
                    {{ cuts }}.recorded_at nulls last,
                    {{ cuts }}.source_file nulls last,
                    {{ cuts }}.source_line nulls last
            ) as place
        from {{ cuts }}
        inner join {{ versions }}
            on
                {{ cuts }}.subscription_id = {{ versions }}.subscription_id
                and {{ cuts }}.item_id = {{ versions }}.item_id
                and {{ cuts }}.version_start_at = {{ versions }}.start_at
        where
            {{ cuts }}.cut_at > {{ versions }}.start_at
            and ({{ versions }}.end_at is null or {{ cuts }}.cut_at < {{ versions }}.end_at)
    ) as ranked
    where place = 1
{%- endmacro %}


{#-
    The pieces that cuts leave of a version: a select. The first begins with the version, each other one at a cut, told
    by its row. A version that nothing cuts has no piece; the last piece has no end of its own.
-#}
{% macro pieces_between(cuts) -%}
    select
        starts.*,
        lead(start_at) over (
            partition by subscription_id, item_id, version_start_at
            order by start_at
        ) as end_at
    from (
        select distinct
            subscription_id,
            item_id,
            version_start_at,
            version_start_at as start_at,
            false as is_cut,
            cast(null as {{ dbt.type_string() }}) as source_file,
            cast(null as {{ dbt.type_bigint() }}) as source_line,
            cast(null as {{ type_instant() }}) as recorded_at
        from {{ cuts }}

        union all

        select
            subscription_id,
            item_id,
            version_start_at,
            cut_at as start_at,
            true as is_cut,
            source_file,
            source_line,
            recorded_at
        from {{ cuts }}
    ) as starts
{%- endmacro %}
