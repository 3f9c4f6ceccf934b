-- Movements of products add up together only: an item that moves shrinks one and grows another.
with contributions as (
    select
        period_month,
        dimension,
        sum(opening_mrr) as opening_mrr,
        sum(
            new_mrr + expansion_mrr + contraction_mrr + churned_mrr + reactivation_mrr + fx_mrr
        ) as moved_mrr,
        sum(closing_mrr) as closing_mrr
    from {{ ref('fct_mrr_contribution_monthly') }}
    group by
        period_month,
        dimension
),

months as (
    select
        period_month,
        opening_mrr,
        closing_mrr - opening_mrr as moved_mrr,
        closing_mrr
    from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
)

select
    months.period_month,
    contributions.dimension,
    contributions.opening_mrr,
    contributions.moved_mrr,
    contributions.closing_mrr
from months
inner join contributions
    on months.period_month = contributions.period_month
where
    contributions.opening_mrr <> months.opening_mrr
    or contributions.moved_mrr <> months.moved_mrr
    or contributions.closing_mrr <> months.closing_mrr
