-- Grain: one row per segment and horizon that breaks the rule: the parts are not what is expected,
-- or they are there without it.
with forecast as (
    select * from {{ ref('fct_mrr_forecast') }}
)

select
    {{ told_segment('period_month') }}
    || ': kept '
    || {{ told('kept_mrr') }}
    || ', expansion '
    || {{ told('expansion_mrr') }}
    || ', new '
    || {{ told('new_mrr') }}
    || ', known '
    || {{ told('known_mrr') }}
    || ' and adjustment '
    || {{ told('adjustment_mrr') }}
    || ' are to be '
    || {{ told('expected_mrr') }} as message,
    origin_month,
    horizon_months,
    segment_type,
    segment_value
from forecast
where expected_mrr is distinct from kept_mrr + expansion_mrr + new_mrr + known_mrr + adjustment_mrr
