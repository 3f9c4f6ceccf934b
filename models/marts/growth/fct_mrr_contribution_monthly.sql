-- Grain: one row per month, dimension (product, team or campaign) and its value.
with product_months as (
    select
        period_month,
        'product' as dimension,
        segment_value as dimension_value,
        opening_mrr,
        new_mrr,
        expansion_mrr,
        contraction_mrr,
        churned_mrr,
        reactivation_mrr,
        fx_mrr,
        closing_mrr,
        closing_customers
    from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'product'
),

customer_months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
),

origins as (
    select
        customer_id,
        'team' as dimension,
        team as dimension_value
    from {{ ref('int_growth__customer_origins') }}
    union all
    select
        customer_id,
        'campaign' as dimension,
        campaign as dimension_value
    from {{ ref('int_growth__customer_origins') }}
),

origin_months as (
    select
        customer_months.period_month,
        origins.dimension,
        origins.dimension_value,
        {{ money_sum('customer_months.opening_mrr') }} as opening_mrr,
        {{ money_sum('customer_months.new_mrr') }} as new_mrr,
        {{ money_sum('customer_months.expansion_mrr') }} as expansion_mrr,
        {{ money_sum('customer_months.contraction_mrr') }} as contraction_mrr,
        {{ money_sum('customer_months.churned_mrr') }} as churned_mrr,
        {{ money_sum('customer_months.reactivation_mrr') }} as reactivation_mrr,
        {{ money_sum('customer_months.fx_mrr') }} as fx_mrr,
        {{ money_sum('customer_months.closing_mrr') }} as closing_mrr,
        {{ count_where('customer_months.closing_mrr > 0') }} as closing_customers
    from customer_months
    inner join origins
        on customer_months.customer_id = origins.customer_id
    group by
        customer_months.period_month,
        origins.dimension,
        origins.dimension_value
),

contributions as (
    select * from product_months
    union all
    select * from origin_months
),

totals as (
    select
        period_month,
        opening_mrr as total_opening_mrr,
        closing_mrr as total_closing_mrr,
        is_partial
    from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
)

select
    contributions.period_month,
    contributions.dimension,
    contributions.dimension_value,
    contributions.opening_mrr,
    contributions.new_mrr,
    contributions.expansion_mrr,
    contributions.contraction_mrr,
    contributions.churned_mrr,
    contributions.reactivation_mrr,
    contributions.fx_mrr,
    contributions.closing_mrr,
    contributions.closing_customers,
    {{ ratio('contributions.closing_mrr', 'totals.total_closing_mrr') }} as share_of_mrr,
    case
        when not totals.is_partial
            then {{ ratio(
                'contributions.closing_mrr - contributions.opening_mrr', 'totals.total_opening_mrr'
            ) }}
    end as growth_contribution_rate,
    totals.is_partial
from contributions
inner join totals
    on contributions.period_month = totals.period_month
