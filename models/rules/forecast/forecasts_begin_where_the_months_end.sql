-- Grain: one row per segment that breaks the rule: its forecast does not begin with the closing MRR
-- of the newest month that is over, or does not go on for twelve months.
with forecast as (
    select * from {{ ref('fct_mrr_forecast') }}
),

months as (
    select * from {{ ref('fct_mrr_monthly') }}
    where
        segment_type = 'all'
        and not is_partial
),

newest as (
    select max(period_month) as period_month
    from months
),

closings as (
    select
        months.period_month,
        months.segment_type,
        months.segment_value,
        months.closing_mrr
    from months
    inner join newest on months.period_month = newest.period_month
),

begun as (
    select
        origin_month,
        segment_type,
        segment_value,
        min(origin_mrr) as lowest_mrr,
        max(origin_mrr) as origin_mrr,
        count(*) as horizons
    from forecast
    group by
        origin_month,
        segment_type,
        segment_value
),

joined as (
    select
        coalesce(begun.origin_month, closings.period_month) as origin_month,
        coalesce(begun.segment_type, closings.segment_type) as segment_type,
        coalesce(begun.segment_value, closings.segment_value) as segment_value,
        begun.lowest_mrr,
        begun.origin_mrr,
        begun.horizons,
        closings.closing_mrr
    from begun
    full outer join closings
        on
            begun.origin_month = closings.period_month
            and begun.segment_type = closings.segment_type
            and begun.segment_value = closings.segment_value
)

select
    {{ told_segment('origin_month') }}
    || ': the forecast begins with '
    || {{ told('origin_mrr') }}
    || ' and goes on for '
    || {{ told('horizons') }}
    || ' months, the month closed with '
    || {{ told('closing_mrr') }} as message,
    origin_month,
    segment_type,
    segment_value
from joined
where
    horizons is distinct from 12
    or origin_mrr is distinct from lowest_mrr
    or (
        segment_type = 'all'
        and origin_mrr is distinct from closing_mrr
    )
