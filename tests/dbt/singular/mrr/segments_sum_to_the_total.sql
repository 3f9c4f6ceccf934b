-- metrics.md 9: each type of segment shares out the same total. Only a swap of plans, which is no
-- movement of the customer, shows as expansion and contraction of its plans; their sum is the
-- total's.
with sums as (
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
    from {{ ref('fct_mrr_monthly') }}
    group by
        period_month,
        segment_type
)

select sums.*
from sums
inner join sums as total
    on
        sums.period_month = total.period_month
        and total.segment_type = 'all'
where
    sums.opening_mrr <> total.opening_mrr
    or sums.new_mrr <> total.new_mrr
    or sums.changed_mrr <> total.changed_mrr
    or sums.churned_mrr <> total.churned_mrr
    or sums.reactivation_mrr <> total.reactivation_mrr
    or sums.fx_mrr <> total.fx_mrr
    or sums.closing_mrr <> total.closing_mrr
    or sums.committed_mrr <> total.committed_mrr
