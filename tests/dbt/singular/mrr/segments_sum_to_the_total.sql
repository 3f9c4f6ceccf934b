-- metrics.md 9: each type of segment shares out the same total.
with sums as (
    select
        period_month,
        segment_type,
        sum(opening_mrr) as opening_mrr,
        sum(new_mrr + expansion_mrr + contraction_mrr + churned_mrr + reactivation_mrr) as moved_mrr,
        sum(closing_mrr) as closing_mrr
    from {{ ref('fct_mrr_monthly') }}
    where segment_type not in ('plan', 'product')
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
    or sums.moved_mrr <> total.moved_mrr
    or sums.closing_mrr <> total.closing_mrr
