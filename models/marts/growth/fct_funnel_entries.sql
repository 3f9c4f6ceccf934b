-- Grain: one row per journey of a lead or deal and stage that it passed.
-- DECISIONS.md#sales_route
with journeys as (
    select * from {{ ref('int_growth__journeys') }}
),

deals as (
    select * from {{ ref('int_growth__deals') }}
),

known_entries as (
    select * from {{ ref('int_growth__stage_entries') }}
),

stages as (
    select * from {{ ref('funnel_stages') }}
),

placed as (
    select
        known_entries.*,
        stages.position
    from known_entries
    inner join stages
        on known_entries.stage = stages.stage
),

spans as (
    select
        journey_id,
        min(position) as first_position,
        max(position) as last_position
    from placed
    group by journey_id
),

-- A journey that is seen at a later stage has passed all stages before, at the latest then.
passed as (
    select
        spans.journey_id,
        stages.stage,
        stages.position,
        spans.last_position,
        placed.entered_at is null as is_skipped,
        coalesce(placed.is_reentered, false) as is_reentered,
        min(placed.entered_at) over (
            partition by spans.journey_id
            order by stages.position desc
            rows between unbounded preceding and current row
        ) as entered_at
    from spans
    inner join stages
        on stages.position between spans.first_position and spans.last_position
    left join placed
        on
            spans.journey_id = placed.journey_id
            and stages.position = placed.position
),

followed as (
    select
        *,
        lead(entered_at) over (partition by journey_id order by position) as advanced_at
    from passed
)

select
    followed.journey_id,
    journeys.lead_id,
    journeys.deal_id,
    followed.stage,
    followed.position,
    {{ month_start(local_date('followed.entered_at')) }} as entry_month,
    followed.entered_at,
    followed.advanced_at,
    followed.is_skipped,
    followed.is_reentered,
    followed.last_position = (select max(stages.position) from stages) as is_won,
    case
        when not followed.is_skipped
            then {{ hours_between('followed.entered_at', 'followed.advanced_at') }} / 24
    end as days_in_stage,
    coalesce(journeys.channel, 'unknown') as channel,
    coalesce(journeys.campaign, 'none') as campaign,
    coalesce(journeys.team, 'none') as team,
    case when journeys.reseller_id is null then 'direct' else 'reseller' end as sales_route,
    cast(deals.amount as {{ type_money() }}) as deal_amount,
    deals.outcome as deal_outcome
from followed
inner join journeys
    on followed.journey_id = journeys.journey_id
left join deals
    on journeys.deal_id = deals.deal_id
