-- Grain: one row per month and category that breaks the rule: 90 days lose more than 180, or either
-- more than there was.
with retention as (
    select * from {{ ref('fct_nps_retention') }}
)

select
    {{ told('period_month') }}
    || ', ' || {{ told('category') }} || ': of '
    || {{ told('customers') }}
    || ' customers '
    || {{ told('churned_90d') }}
    || ' churned in 90 days and '
    || {{ told('churned_180d') }}
    || ' in 180; of MRR '
    || {{ told('mrr') }}
    || ' was lost '
    || {{ told('mrr_lost_90d') }}
    || ' and '
    || {{ told('mrr_lost_180d') }} as message,
    period_month,
    category
from retention
where
    customers is null
    or mrr is null
    or churned_90d not between 0 and customers
    or churned_180d not between 0 and customers
    or churned_90d > churned_180d
    or mrr_lost_90d not between 0 and mrr
    or mrr_lost_180d not between 0 and mrr
    or mrr_lost_90d > mrr_lost_180d
    or (churned_90d is null) <> (mrr_lost_90d is null)
    or (churned_180d is null) <> (mrr_lost_180d is null)
    or (churned_90d is null and churned_180d is not null)
