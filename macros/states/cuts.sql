{#-
    The columns of a cut: of which item version (a relation with version_start_at), at which instant, and told by
    which row: `told` is what its lineage columns begin with (`requests.`, or `requests.end_` for who told an end).
    A request to cancel, or its withdrawal, changes committed MRR alone.
-#}
{% macro cut_at(instant, version, told, is_request=false) -%}
    {{ version }}.subscription_id,
    {{ version }}.item_id,
    {{ version }}.version_start_at,
    {{ version }}.customer_id,
    {{ instant }} as cut_at,
    {{ told }}source_file as source_file,
    {{ told }}source_line as source_line,
    {{ told }}recorded_at as recorded_at,
    {{ 'true' if is_request else 'false' }} as is_request
{%- endmacro %}


{#-
    Of the cuts that lie within their version, one at each instant, by who was first to tell it: a select. `cuts` has
    version_start_at, cut_at and the row that told it; `versions` start_at and end_at, of subscription and item both.
    Where `last` holds of a cut, it is the one only if there is no other.
-#}
{% macro cuts_within(cuts, versions, last='false') -%}
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
                    case when {{ last }} then 1 else 0 end,
                    {{ cuts }}.recorded_at nulls last,
                    {{ cuts }}.source_file nulls last,
                    {{ cuts }}.source_line nulls last
            ) as rank
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
    where rank = 1
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


{#-
    When a piece of a version begins and ends, and the row that tells it: what cuts a version tells the piece that
    begins there, the version itself its first, or all of it. Columns that begin with `name`; joined by `of_piece`.
-#}
{% macro columns_of_piece(versions, name) -%}
    coalesce(pieces.start_at, {{ versions }}.start_at) as {{ name }}_start_at,
    coalesce(pieces.end_at, {{ versions }}.end_at) as {{ name }}_end_at,
    case when pieces.is_cut then pieces.source_file else {{ versions }}.source_file end
        as {{ name }}_source_file,
    case when pieces.is_cut then pieces.source_line else {{ versions }}.source_line end
        as {{ name }}_source_line,
    case when pieces.is_cut then pieces.recorded_at else {{ versions }}.recorded_at end
        as {{ name }}_recorded_at
{%- endmacro %}


{#- The condition that joins `pieces` to the versions that they are of. -#}
{% macro of_piece(versions) -%}
    {{ versions }}.subscription_id = pieces.subscription_id
    and {{ versions }}.item_id = pieces.item_id
    and {{ versions }}.start_at = pieces.version_start_at
{%- endmacro %}
