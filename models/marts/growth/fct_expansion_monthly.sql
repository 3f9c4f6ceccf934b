-- Grain: one row per customer and month with an expansion.
-- DECISIONS.md#up-sell-and-cross-sell
with expansions as (
    select * from {{ ref('fct_mrr_movements') }}
    where movement_type = 'expansion'
),

product_days as (
    select * from {{ ref('int_growth__product_days') }}
),

accounts as (
    select * from {{ ref('int_identity__customer_accounts') }}
),

gains as (
    select
        expansions.movement_id,
        expansions.customer_id,
        expansions.period_month,
        expansions.mrr_delta,
        {{ money_sum('greatest(product_days.mrr_delta, 0)') }} as gained,
        {{ money_sum(
            'case when product_days.mrr_delta > 0 and not product_days.was_held'
            ~ ' then product_days.mrr_delta else 0 end'
        ) }} as gained_with_new_products,
        {{ count_where('product_days.is_given_up') }} as products_given_up
    from expansions
    left join product_days
        on
            expansions.customer_id = product_days.customer_id
            and expansions.movement_date = product_days.effective_date
    group by
        expansions.movement_id,
        expansions.customer_id,
        expansions.period_month,
        expansions.mrr_delta
),

-- A loss of the same day is taken from the up-sell first: a new product is new in full.
split as (
    select
        *,
        case
            when products_given_up > 0 or gained_with_new_products = 0
                then cast(0 as {{ type_money() }})
            when gained_with_new_products = gained then mrr_delta
            else least(mrr_delta, gained_with_new_products)
        end as cross_sold
    from gains
)

select
    split.period_month,
    split.customer_id,
    accounts.crm_account_id,
    {{ money_sum('split.mrr_delta') }} as expansion_mrr,
    {{ money_sum('split.mrr_delta - split.cross_sold') }} as upsell_mrr,
    {{ money_sum('split.cross_sold') }} as cross_sell_mrr
from split
left join accounts
    on split.customer_id = accounts.customer_id
group by
    split.period_month,
    split.customer_id,
    accounts.crm_account_id
