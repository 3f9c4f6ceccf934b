-- Grain: one row per CRM object and record that was merged away.
-- Each pass doubles the distance that is looked ahead, so a few joins replace recursion.
-- DECISIONS.md#merges-in-a-circle
with tellings as (

    select
        object,
        merged_id,
        survivor_id,
        source_name,
        source_file,
        source_line,
        -- Two exports can tell the same merge: the later one is right.
        row_number() over (
            partition by object, merged_id
            order by merged_at desc nulls last, survivor_id asc, source_file asc, source_line asc
        ) as telling
    from {{ ref('stg_crm_merges') }}
    where
        merged_id <> survivor_id
        and (merged_at is null or merged_at <= {{ as_of() }})

),

distance_0 as (

    select
        object,
        merged_id,
        survivor_id,
        source_name,
        source_file,
        source_line
    from tellings
    where telling = 1

),

{% for doubling in range(1, merge_doublings() + 1) %}
    distance_{{ doubling }} as (

        select
            closer.object,
            closer.merged_id,
            coalesce(farther.survivor_id, closer.survivor_id) as survivor_id,
            closer.source_name,
            closer.source_file,
            closer.source_line
        from distance_{{ doubling - 1 }} as closer
        left join distance_{{ doubling - 1 }} as farther
            on
                closer.object = farther.object
                and closer.survivor_id = farther.merged_id

    ),

{% endfor %}
judged as (

    select
        furthest.object,
        furthest.merged_id,
        furthest.survivor_id,
        next_merges.survivor_id as next_survivor_id,
        furthest.source_name,
        furthest.source_file,
        furthest.source_line
    from distance_{{ merge_doublings() }} as furthest
    left join distance_0 as next_merges
        on
            furthest.object = next_merges.object
            and furthest.survivor_id = next_merges.merged_id

)

select
    object,
    merged_id,
    -- A survivor that is itself merged away, however far one looks, stands in a circle.
    case when next_survivor_id is null then survivor_id end as survivor_id,
    next_survivor_id is not null as is_cycle,
    source_name,
    source_file,
    source_line
from judged
