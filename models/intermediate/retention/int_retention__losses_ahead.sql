-- Grain: one row per customer and month end with a loss in the 180 days after it.
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
    where movement_type in ('churn', 'contraction')
),

churns as (
    select * from {{ ref('int_retention__churn_movements') }}
),

losses as (
    select
        movements.customer_id,
        movements.movement_date,
        -movements.mrr_delta as mrr_lost,
        churns.movement_id is not null and not churns.is_short_pause as is_churn,
        movements.movement_type = 'contraction' as is_contraction
    from movements
    left join churns
        on movements.movement_id = churns.movement_id
),

losses_of_months as (
    select
        customer_id,
        movement_date,
        mrr_lost,
        is_churn,
        is_contraction,
        {{ expand_integers(
            month_index(add_days('movement_date', -180)),
            month_index(add_days('movement_date', -1))
        ) }} as month_index
    from losses
),

distances as (
    select
        customer_id,
        month_index,
        mrr_lost,
        is_churn,
        is_contraction,
        {{ days_between(month_end_from_index('month_index'), 'movement_date') }} as days_ahead
    from losses_of_months
)

select
    customer_id,
    {{ month_from_index('month_index') }} as period_month,
    max(case when is_churn and days_ahead <= 90 then 1 else 0 end) as churned_90d,
    max(case when is_churn then 1 else 0 end) as churned_180d,
    max(case when is_contraction and days_ahead <= 90 then 1 else 0 end) as contracted_90d,
    {{ money_sum('case when days_ahead <= 90 then mrr_lost else 0 end') }} as mrr_lost_90d,
    {{ money_sum('mrr_lost') }} as mrr_lost_180d
from distances
where days_ahead between 1 and 180
group by
    customer_id,
    month_index
