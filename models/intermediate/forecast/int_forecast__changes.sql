{{ config(materialized='table') }}

-- Grain: one row per segment, cohort month, currency, month in which something changed and month
-- in which that was told: MRR and pending cancellations in native money.
-- What was told by the first day of a month counts as told in the month before: a list of the first
-- is what closes a month.
-- Segments are numbered, because numbers are joined faster than names: the company is 0.
-- The first delivery of a source tells a past that nobody could record: it counts as told at once,
-- and told_later_in is the month in which it was.
-- DECISIONS.md#what-a-forecast-knew
with ledger as (
    select
        ledger.*,
        {{ month_index('ledger.effective_date') }} as month_index,
        {{ month_index(add_days(local_date('ledger.recorded_at'), -1)) }} as recorded_index
    from {{ ref('fct_mrr_ledger') }} as ledger
),

first_tellings as (
    select
        source_name,
        min(recorded_at) as first_recorded_at
    from {{ ref('fct_mrr_ledger') }}
    group by source_name
),

scheduled as (
    select * from {{ ref('int_ledger__scheduled_items') }}
),

segments as (
    select * from {{ ref('int_retention__fixed_segments') }}
    where segment_type = 'sales_model'
),

cohorts as (
    select
        customer_id,
        {{ month_index('cohort_month') }} as cohort_index
    from {{ ref('int_retention__cohorts') }}
),

-- The month of as_of is not over: what is told in it of the months before is known for the newest
-- of them.
told as (
    select
        ledger.*,
        case
            when ledger.recorded_at = first_tellings.first_recorded_at then ledger.month_index
            when ledger.month_index < {{ month_index(as_of_date()) }}
                then least(ledger.recorded_index, {{ month_index(as_of_date()) }} - 1)
            else ledger.recorded_index
        end as told_index,
        case
            when
                ledger.recorded_at = first_tellings.first_recorded_at
                and ledger.recorded_index > ledger.month_index
                then ledger.recorded_index
        end as told_later_in
    from ledger
    inner join first_tellings on ledger.source_name = first_tellings.source_name
),

-- An item that changes its plan leaves the old one and joins the new one.
sides as (
    select
        customer_id,
        coalesce(plan_name, 'unknown') as plan_name,
        currency,
        month_index,
        told_index,
        told_later_in,
        case when {{ is_plan_change() }} then mrr_after_native else mrr_delta_native end
            as mrr_delta,
        case
            when {{ is_plan_change() }} then committed_mrr_after_native
            else committed_mrr_delta_native
        end as committed_delta
    from told

    union all

    select
        customer_id,
        coalesce(previous_plan_name, 'unknown') as plan_name,
        currency,
        month_index,
        told_index,
        told_later_in,
        -mrr_before_native as mrr_delta,
        committed_mrr_delta_native - committed_mrr_after_native as committed_delta
    from told
    where
        {{ is_plan_change() }}
        and (mrr_before_native > 0 or committed_mrr_after_native <> committed_mrr_delta_native)

    union all

    select
        customer_id,
        coalesce(plan_name, 'unknown') as plan_name,
        currency,
        {{ month_index(local_date('last_change_at')) }} as month_index,
        {{ month_index(as_of_date()) }} - 1 as told_index,
        cast(null as integer) as told_later_in,
        committed_mrr_difference as mrr_delta,
        committed_mrr_difference as committed_delta
    from scheduled
),

customer_plans as (
    select
        customer_id,
        plan_name,
        currency,
        month_index,
        told_index,
        max(told_later_in) as told_later_in,
        {{ money_sum('mrr_delta') }} as mrr_delta,
        {{ money_sum('committed_delta') }} as committed_delta
    from sides
    group by
        customer_id,
        plan_name,
        currency,
        month_index,
        told_index
),

customer_months as (
    select
        customer_id,
        currency,
        month_index,
        told_index,
        max(told_later_in) as told_later_in,
        {{ money_sum('mrr_delta') }} as mrr_delta,
        {{ money_sum('committed_delta') }} as committed_delta
    from customer_plans
    group by
        customer_id,
        currency,
        month_index,
        told_index
),

labelled as (
    select
        customer_id,
        'plan' as segment_type,
        plan_name as segment_value,
        currency,
        month_index,
        told_index,
        told_later_in,
        mrr_delta,
        committed_delta
    from customer_plans

    union all

    select
        customer_months.customer_id,
        'sales_model' as segment_type,
        segments.segment_value,
        customer_months.currency,
        customer_months.month_index,
        customer_months.told_index,
        customer_months.told_later_in,
        customer_months.mrr_delta,
        customer_months.committed_delta
    from customer_months
    inner join segments on customer_months.customer_id = segments.customer_id
),

running as (
    select
        labelled.*,
        mrr_delta - committed_delta as pending_delta,
        sum(mrr_delta) over history as mrr_after,
        (sum(mrr_delta) over history) - mrr_delta as mrr_before
    from labelled
    window history as (
        partition by segment_type, segment_value, customer_id
        order by month_index, told_index, currency
        rows between unbounded preceding and current row
    )
),

totals as (
    select
        cast(
            dense_rank() over (order by running.segment_type, running.segment_value) as integer
        ) as segment_number,
        running.segment_type,
        running.segment_value,
        cohorts.cohort_index,
        running.currency,
        running.month_index,
        running.told_index,
        max(running.told_later_in) as told_later_in,
        {{ money_sum('running.mrr_delta') }} as mrr_delta,
        {{ money_sum('greatest(running.mrr_delta, 0)') }} as gained_mrr,
        {{ money_sum('least(running.mrr_delta, 0)') }} as lost_mrr,
        {{ money_sum('running.pending_delta') }} as pending_delta,
        {{ money_sum('least(running.pending_delta, 0)') }} as pending_over,
        {{ money_sum(
            'case when running.mrr_delta < 0 then least(running.pending_delta, 0) else 0 end'
        ) }} as pending_lost,
        cast(
            sum(
                case when running.mrr_after > 0 then 1 else 0 end
                - case when running.mrr_before > 0 then 1 else 0 end
            ) as bigint
        ) as customers_delta
    from running
    inner join cohorts on running.customer_id = cohorts.customer_id
    group by
        running.segment_type,
        running.segment_value,
        cohorts.cohort_index,
        running.currency,
        running.month_index,
        running.told_index
)

select * from totals

union all

-- Every customer has one sales model, so they make up the company.
select
    0 as segment_number,
    'all' as segment_type,
    'all' as segment_value,
    cohort_index,
    currency,
    month_index,
    told_index,
    max(told_later_in) as told_later_in,
    {{ money_sum('mrr_delta') }} as mrr_delta,
    {{ money_sum('gained_mrr') }} as gained_mrr,
    {{ money_sum('lost_mrr') }} as lost_mrr,
    {{ money_sum('pending_delta') }} as pending_delta,
    {{ money_sum('pending_over') }} as pending_over,
    {{ money_sum('pending_lost') }} as pending_lost,
    cast(sum(customers_delta) as bigint) as customers_delta
from totals
where segment_type = 'sales_model'
group by
    cohort_index,
    currency,
    month_index,
    told_index
