-- Grain: one row per month and type of segment that breaks the rule: its segments add up to
-- something else than the company.
-- Only a swap of plans, which is no movement of the customer, shows as expansion and contraction of
-- its plans; their sum is the total's.
with months as (
    select * from {{ ref('fct_mrr_monthly') }}
),

sums as (
    select
        period_month,
        segment_type,
        sum(opening_mrr) as opening_mrr,
        sum(new_mrr) as new_mrr,
        sum(expansion_mrr + contraction_mrr) as changed_mrr,
        sum(churned_mrr) as churned_mrr,
        sum(reactivation_mrr) as reactivation_mrr,
        sum(fx_mrr) as fx_mrr,
        sum(closing_mrr) as closing_mrr,
        sum(committed_mrr) as committed_mrr
    from months
    group by
        period_month,
        segment_type
),

listed_months as (
    select distinct period_month from months
),

types as (
    select distinct segment_type from months
),

pairs as (
    select
        listed_months.period_month,
        types.segment_type
    from listed_months
    cross join types
)

select
    cast(pairs.period_month as {{ dbt.type_string() }}) || ', ' || pairs.segment_type
    || ': its segments close with '
    || {{ told('sums.closing_mrr') }}
    || ', the company with '
    || {{ told('total.closing_mrr') }}
    || '; where these agree, another amount of the month does not' as message,
    pairs.period_month,
    pairs.segment_type,
    sums.closing_mrr as closing_mrr_of_segments,
    total.closing_mrr
from pairs
left join sums
    on
        pairs.period_month = sums.period_month
        and pairs.segment_type = sums.segment_type
left join sums as total
    on
        pairs.period_month = total.period_month
        and total.segment_type = 'all'
where
    coalesce(sums.opening_mrr, 0) is distinct from total.opening_mrr
    or coalesce(sums.new_mrr, 0) is distinct from total.new_mrr
    or coalesce(sums.changed_mrr, 0) is distinct from total.changed_mrr
    or coalesce(sums.churned_mrr, 0) is distinct from total.churned_mrr
    or coalesce(sums.reactivation_mrr, 0) is distinct from total.reactivation_mrr
    or coalesce(sums.fx_mrr, 0) is distinct from total.fx_mrr
    or coalesce(sums.closing_mrr, 0) is distinct from total.closing_mrr
    or coalesce(sums.committed_mrr, 0) is distinct from total.committed_mrr
