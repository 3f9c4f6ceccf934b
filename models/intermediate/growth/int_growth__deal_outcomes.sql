-- Grain: one row per deal, with what became of it by the as-of instant, and when.
-- An outcome that no label tells is that of the deal's stage, else NULL: neither open nor won.
-- DECISIONS.md#when-a-deal-was-won
-- DECISIONS.md#an-outcome-that-nobody-tells
with deals as (
    select * from {{ ref('stg_crm_deals') }}
    where created_at <= {{ as_of() }}
),

stages as (
    select * from {{ ref('stg_crm_stages') }}
),

-- Stages of several pipelines may share a name; where they end differently, nobody can say.
stage_outcomes as (
    select
        deals.deal_id,
        min(stages.outcome) as outcome
    from deals
    inner join stages
        on {{ is_stage_told('deals', 'deals.pipeline') }}
    group by deals.deal_id
    having count(distinct stages.outcome) = 1
),

last_wins as (
    select
        deal_id,
        max(entered_at) as entered_at
    from {{ ref('int_growth__deal_stage_entries') }}
    where stage = 'won'
    group by deal_id
),

told as (
    select
        deals.deal_id,
        coalesce(deals.outcome, stage_outcomes.outcome) as outcome,
        deals.created_at,
        deals.won_at,
        deals.lost_at,
        last_wins.entered_at as won_stage_at,
        least(deals.outcome_told_at, {{ as_of() }}) as told_at
    from deals
    left join stage_outcomes
        on deals.deal_id = stage_outcomes.deal_id
    left join last_wins
        on deals.deal_id = last_wins.deal_id
),

dated as (
    select
        *,
        -- A close date after the delivery that told the win is a plan that nobody mended.
        case
            when won_at <= told_at then won_at
            when won_stage_at <= {{ as_of() }} then won_stage_at
            when won_at is not null then told_at
        end as known_won_at
    from told
)

select
    deal_id,
    outcome,
    case
        when outcome = 'won' and known_won_at is not null then greatest(known_won_at, created_at)
    end as won_at,
    case
        when outcome = 'lost' and lost_at is not null
            then greatest(least(lost_at, told_at), created_at)
    end as lost_at
from dated
