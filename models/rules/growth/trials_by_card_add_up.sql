-- Grain: one row per month and segment that breaks the rule: its trials with, without and of
-- unknown card are not all of them, or more converted than began.
with conversions as (
    select * from {{ ref('fct_trial_conversion_monthly') }}
),

sums as (
    select
        period_month,
        segment_type,
        segment_value,
        sum(case when card_on_file = 'all' then trials else 0 end) as trials,
        sum(case when card_on_file = 'all' then 0 else trials end) as trials_by_card,
        sum(case when card_on_file = 'all' then converted else 0 end) as converted,
        sum(case when card_on_file = 'all' then 0 else converted end) as converted_by_card,
        count(case when converted <= trials then 1 end) as possible_rows,
        count(*) as all_rows
    from conversions
    group by
        period_month,
        segment_type,
        segment_value
)

select
    {{ told_segment('period_month') }}
    || ': '
    || {{ told('trials') }}
    || ' trials, by card '
    || {{ told('trials_by_card') }}
    || '; '
    || {{ told('converted') }}
    || ' converted, by card '
    || {{ told('converted_by_card') }}
    || case
        when possible_rows < all_rows
            then '; of one kind more converted than began, or nobody counted'
        else ''
    end as message,
    period_month,
    segment_type,
    segment_value
from sums
where
    trials is distinct from trials_by_card
    or converted is distinct from converted_by_card
    or possible_rows < all_rows
