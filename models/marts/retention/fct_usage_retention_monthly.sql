-- Grain: one row per last month of a complete period and length of it, one month or twelve.
-- DECISIONS.md#nrr-with-usage
with totals as (
    select
        period_month,
        period_months,
        cast(count(*) as bigint) as starting_customers,
        {{ money_sum('starting_mrr') }} as starting_mrr,
        {{ money_sum('starting_usage_mrr') }} as starting_usage_mrr,
        {{ money_sum('ending_mrr') }} as ending_mrr,
        {{ money_sum('ending_usage_mrr') }} as ending_usage_mrr
    from {{ ref('fct_usage_retention_customers') }}
    group by
        period_month,
        period_months
)

select
    period_month,
    period_months,
    starting_customers,
    starting_mrr,
    starting_usage_mrr,
    ending_mrr,
    ending_usage_mrr,
    {{ ratio('(ending_mrr + ending_usage_mrr)', '(starting_mrr + starting_usage_mrr)') }}
        as nrr_with_usage
from totals
