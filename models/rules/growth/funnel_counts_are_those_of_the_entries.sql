-- Grain: one row per month, stage and segment that breaks the rule: it counts other journeys than
-- those that entered the stage, or more went on than entered.
with months as (
    select * from {{ ref('fct_funnel_monthly') }}
),

entries as (
    select
        entry_month,
        stage,
        'all' as segment_type,
        count(*) as entries
    from {{ ref('fct_funnel_entries') }}
    group by
        entry_month,
        stage
),

joined as (
    select
        coalesce(months.period_month, entries.entry_month) as period_month,
        coalesce(months.stage, entries.stage) as stage,
        coalesce(months.segment_type, entries.segment_type) as segment_type,
        coalesce(months.segment_value, entries.segment_type) as segment_value,
        months.entered,
        months.advanced,
        months.won,
        entries.entries
    from months
    full outer join entries
        on
            months.period_month = entries.entry_month
            and months.stage = entries.stage
            and months.segment_type = entries.segment_type
)

select
    {{ told('period_month') }}
    || ', ' || {{ told('stage') }} || ', ' || {{ told('segment_type') }}
    || ' ' || {{ told('segment_value') }} || ': '
    || {{ told('entered') }}
    || ' entered, '
    || {{ told('advanced') }}
    || ' went on, '
    || {{ told('won') }}
    || ' won'
    || case
        when segment_type = 'all'
            then
                '; the entries are '
                || {{ told('entries') }}
        else ''
    end as message,
    period_month,
    stage,
    segment_type,
    segment_value
from joined
where
    (segment_type = 'all' and entered is distinct from entries)
    or coalesce(advanced > entered or won > entered, true)
