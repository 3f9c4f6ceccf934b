-- Nothing of an expansion is lost or invented by splitting it.
with splits as (
    select
        period_month,
        sum(upsell_mrr) as upsell_mrr,
        sum(cross_sell_mrr) as cross_sell_mrr,
        min(least(upsell_mrr, cross_sell_mrr)) as smallest_part
    from {{ ref('fct_expansion_monthly') }}
    group by period_month
),

months as (
    select
        period_month,
        expansion_mrr
    from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
)

select
    months.period_month,
    months.expansion_mrr,
    splits.upsell_mrr,
    splits.cross_sell_mrr
from months
left join splits
    on months.period_month = splits.period_month
where
    coalesce(splits.upsell_mrr + splits.cross_sell_mrr, 0) <> months.expansion_mrr
    or splits.smallest_part < 0
