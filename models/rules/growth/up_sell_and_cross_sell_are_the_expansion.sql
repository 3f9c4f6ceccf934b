-- Grain: one row per customer and month that breaks the rule: up-sell and cross-sell are not the
-- expansion of the customer's month, or one of them is negative.
with splits as (
    select * from {{ ref('fct_expansion_monthly') }}
),

months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
    where expansion_mrr <> 0
)

select
    coalesce(
        cast(splits.period_month as {{ dbt.type_string() }}),
        cast(months.period_month as {{ dbt.type_string() }}),
        'nothing'
    )
    || ', ' || coalesce(splits.customer_id, months.customer_id, 'nothing')
    || ': up-sell '
    || {{ told('splits.upsell_mrr') }}
    || ' plus cross-sell '
    || {{ told('splits.cross_sell_mrr') }}
    || ' is to be '
    || {{ told('splits.expansion_mrr') }}
    || ', and the month''s expansion is '
    || {{ told('months.expansion_mrr') }} as message,
    coalesce(splits.period_month, months.period_month) as period_month,
    coalesce(splits.customer_id, months.customer_id) as customer_id
from splits
full outer join months
    on
        splits.period_month = months.period_month
        and splits.customer_id = months.customer_id
where
    splits.upsell_mrr + splits.cross_sell_mrr is distinct from splits.expansion_mrr
    or splits.expansion_mrr is distinct from months.expansion_mrr
    or splits.upsell_mrr < 0
    or splits.cross_sell_mrr < 0
