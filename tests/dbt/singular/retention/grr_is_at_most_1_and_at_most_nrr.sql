with retentions as (
    select
        period_month,
        segment_type,
        segment_value,
        grr,
        nrr
    from {{ ref('fct_churn_monthly') }}
    union all
    select
        period_month,
        segment_type,
        segment_value,
        grr,
        nrr
    from {{ ref('fct_churn_annual') }}
)

-- Both ratios are divided once from exact sums, so that no tolerance is needed.
select *
from retentions
where
    grr > 1
    or grr > nrr
    or grr < 0
