-- metrics.md 9: each type of segment shares out the same total. Plans and products round each balance
-- of a foreign currency apart, so there the last digits of the sum may differ.
with sums as (
    select
        period_month,
        segment_type,
        sum(opening_mrr) as opening_mrr,
        sum(new_mrr + expansion_mrr + contraction_mrr + churned_mrr + reactivation_mrr) as moved_mrr,
        sum(closing_mrr) as closing_mrr
    from {{ ref('fct_mrr_monthly') }}
    group by
        period_month,
        segment_type
),

foreign_balances as (
    select
        {{ month_from_index('month_index') }} as period_month,
        count(*) + 1 as row_count
    from {{ ref('int_mrr__product_balances') }}
    where currency <> {{ reporting_currency() }}
    group by {{ month_from_index('month_index') }}
)

select sums.*
from sums
inner join sums as total
    on
        sums.period_month = total.period_month
        and total.segment_type = 'all'
left join foreign_balances on sums.period_month = foreign_balances.period_month
where
    abs(sums.opening_mrr - total.opening_mrr) > case when sums.segment_type in ('plan', 'product') then 0.001 * coalesce(foreign_balances.row_count, 0) else 0 end
    or abs(sums.moved_mrr - total.moved_mrr) > case when sums.segment_type in ('plan', 'product') then 0.001 * coalesce(foreign_balances.row_count, 0) else 0 end
    or abs(sums.closing_mrr - total.closing_mrr) > case when sums.segment_type in ('plan', 'product') then 0.001 * coalesce(foreign_balances.row_count, 0) else 0 end
