-- Grain: one row per month, survey and segment that breaks the rule: its NPS is not from -100 to
-- 100, or its response rate no share.
with months as (
    select * from {{ ref('fct_nps_monthly') }}
)

select
    {{ told('period_month') }}
    || ', ' || {{ told_segment('survey') }}
    || ': NPS '
    || {{ told('nps') }}
    || ', response rate '
    || {{ told('response_rate') }} as message,
    period_month,
    survey,
    segment_type,
    segment_value
from months
where
    nps not between -100 and 100
    or response_rate not between 0 and 1
