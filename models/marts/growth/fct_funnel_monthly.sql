-- Grain: one row per month of entry, stage and segment.
with entries as (
    select * from {{ ref('fct_funnel_entries') }}
),

entries_by_segment as (
    select
        entries.*,
        'all' as segment_type,
        'all' as segment_value
    from entries
    union all
    select
        entries.*,
        'channel' as segment_type,
        channel as segment_value
    from entries
    union all
    select
        entries.*,
        'campaign' as segment_type,
        campaign as segment_value
    from entries
    union all
    select
        entries.*,
        'team' as segment_type,
        team as segment_value
    from entries
    union all
    select
        entries.*,
        'sales_route' as segment_type,
        sales_route as segment_value
    from entries
),

totals as (
    select
        entry_month,
        stage,
        position,
        segment_type,
        segment_value,
        cast(count(*) as bigint) as entered,
        {{ count_where('advanced_at is not null') }} as advanced,
        {{ count_where('is_won') }} as won,
        {{ count_where('is_skipped') }} as skipped,
        {{ count_where('is_reentered') }} as reentered,
        {{ median_of('days_in_stage') }} as median_days,
        entry_month >= {{ as_of_month() }} as is_partial,
        entry_month < {{ as_of_month() }} and stage <> 'won' as has_conversion
    from entries_by_segment
    group by
        entry_month,
        stage,
        position,
        segment_type,
        segment_value
)

select
    entry_month as period_month,
    stage,
    position,
    segment_type,
    segment_value,
    {{ is_total_row(['segment_type']) }} as is_total,
    entered,
    advanced,
    won,
    skipped,
    reentered,
    case when has_conversion then {{ count_rate('advanced', 'entered') }} end as conversion_rate,
    case when has_conversion then {{ wilson_bound('advanced', 'entered', 'low') }} end
        as conversion_rate_low,
    case when has_conversion then {{ wilson_bound('advanced', 'entered', 'high') }} end
        as conversion_rate_high,
    case when not is_partial then {{ count_rate('won', 'entered') }} end as win_rate,
    median_days,
    is_partial
from totals
