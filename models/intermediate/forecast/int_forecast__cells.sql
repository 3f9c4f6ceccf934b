{{ config(materialized='table') }}

-- Grain: one row per origin month, segment, cohort month and month, of the last twelve diagonals
-- and the month before them: what was known of it when the origin month was over, as a double in
-- the reporting currency at the rates of the origin month. So no factor holds a change of a rate.
with changes as (
    select * from {{ ref('int_forecast__changes') }}
),

months as (
    select
        {{ month_index('period_month') }} as month_index,
        min({{ month_index('period_month') }}) over () as first_index,
        max({{ month_index('period_month') }}) over () as last_index
    from {{ ref('int_retention__months') }}
    where not is_partial
),

-- The newest month is an origin in any case: that its history is too short is to be said.
origins as (
    select
        month_index as origin_index,
        first_index
    from months
    where
        month_index >= first_index + {{ forecast_settings().history_months }} - 1
        or month_index = last_index
),

rates as (
    select * from {{ ref('int_fx__month_rates') }}
),

known as (
    select
        origins.origin_index,
        changes.segment_number,
        changes.cohort_index,
        greatest(changes.month_index, origins.origin_index - 12) as month_index,
        sum({{ valued_at('changes.mrr_delta', 'changes.currency', 'rates.rate') }}) as mrr_delta,
        sum({{ valued_at('changes.gained_mrr', 'changes.currency', 'rates.rate') }}) as gained_mrr,
        sum({{ valued_at('changes.lost_mrr', 'changes.currency', 'rates.rate') }}) as lost_mrr,
        sum({{ valued_at('changes.pending_delta', 'changes.currency', 'rates.rate') }})
            as pending_delta,
        sum({{ valued_at('changes.pending_over', 'changes.currency', 'rates.rate') }})
            as pending_over,
        sum({{ valued_at('changes.pending_lost', 'changes.currency', 'rates.rate') }})
            as pending_lost,
        sum(
            case when changes.month_index = changes.cohort_index then 1 else 0 end
            * {{ valued_at('changes.mrr_delta', 'changes.currency', 'rates.rate') }}
        ) as arrived_mrr,
        sum(changes.customers_delta) as customers_delta
    from origins
    inner join changes
        on
            origins.origin_index >= changes.month_index
            and origins.origin_index >= changes.told_index
    left join rates
        on
            changes.currency = rates.currency
            and origins.origin_index = rates.month_index
    group by
        origins.origin_index,
        changes.segment_number,
        changes.cohort_index,
        greatest(changes.month_index, origins.origin_index - 12)
),

cohorts as (
    select
        origin_index,
        segment_number,
        cohort_index,
        sum(arrived_mrr) as arrived_mrr
    from known
    group by
        origin_index,
        segment_number,
        cohort_index
),

spine as (
    select
        cohorts.*,
        {{ expand_integers(
            'greatest(cohorts.cohort_index, cohorts.origin_index - 12)', 'cohorts.origin_index'
        ) }} as month_index
    from cohorts
),

balances as (
    select
        spine.*,
        coalesce(known.mrr_delta, 0) as mrr_delta,
        coalesce(known.gained_mrr, 0) as gained_mrr,
        coalesce(known.lost_mrr, 0) as lost_mrr,
        coalesce(known.pending_over, 0) as pending_over,
        coalesce(known.pending_lost, 0) as pending_lost,
        coalesce(known.pending_delta, 0) as pending_delta,
        coalesce(known.customers_delta, 0) as customers_delta,
        sum(coalesce(known.mrr_delta, 0)) over history as closing_mrr,
        sum(coalesce(known.pending_delta, 0)) over history as closing_pending,
        sum(coalesce(known.customers_delta, 0)) over history as closing_customers
    from spine
    left join known
        on
            spine.origin_index = known.origin_index
            and spine.segment_number = known.segment_number
            and spine.cohort_index = known.cohort_index
            and spine.month_index = known.month_index
    window history as (
        partition by
            spine.origin_index, spine.segment_number, spine.cohort_index
        order by spine.month_index
        rows between unbounded preceding and current row
    )
)

select
    cast(origin_index as integer) as origin_index,
    segment_number,
    cast(cohort_index as integer) as cohort_index,
    cast(month_index as integer) as month_index,
    -- The sum before the twelve diagonals opens the first of them.
    month_index > origin_index - 12 as is_diagonal,
    arrived_mrr,
    closing_mrr - mrr_delta as opening_mrr,
    gained_mrr,
    lost_mrr,
    closing_mrr,
    cast(closing_customers - customers_delta as bigint) as opening_customers,
    cast(closing_customers as bigint) as closing_customers,
    closing_pending - pending_delta as opening_pending,
    pending_over,
    pending_lost,
    closing_pending
from balances
