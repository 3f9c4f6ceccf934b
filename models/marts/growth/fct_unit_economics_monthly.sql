-- Grain: one row per month and channel; `all` for the total.
-- DECISIONS.md#a-cost-that-nobody-delivered
with channel_months as (
    select * from {{ ref('fct_mrr_monthly') }}
    where segment_type in ('all', 'acquisition_channel')
),

costs as (
    select * from {{ ref('int_growth__costs') }}
),

trailing_churn as (
    select * from {{ ref('int_growth__trailing_churn') }}
),

observed_values as (
    select * from {{ ref('int_growth__observed_values') }}
),

lives as (
    select * from {{ ref('int_growth__months_lived') }}
    where customers >= {{ policy('min_n') }}
),

margins as (
    select
        period_month,
        acquisition_channel as channel,
        {{ sum_of_known('closing_margin') }} as closing_margin,
        {{ sum_of_known('new_margin') }} as new_margin
    from {{ ref('int_growth__margin_months') }}
    group by
        period_month,
        acquisition_channel

    union all

    select
        period_month,
        'all' as channel,
        {{ sum_of_known('closing_margin') }} as closing_margin,
        {{ sum_of_known('new_margin') }} as new_margin
    from {{ ref('int_growth__margin_months') }}
    group by period_month
),

-- With a lag, what was spent some months ago is what won the customers of this one.
lagged_costs as (
    select
        {{ add_months('period_month', policy('cac_lag_months')) }} as period_month,
        channel,
        cost
    from costs
),

channel_costs as (
    select
        period_month,
        channel,
        cost
    from lagged_costs
    union all
    select
        period_month,
        'all' as channel,
        cast(sum(cost) as {{ type_money() }}) as cost
    from lagged_costs
    group by period_month
),

joined as (
    select
        coalesce(channel_months.period_month, channel_costs.period_month) as period_month,
        coalesce(channel_months.segment_value, channel_costs.channel) as channel,
        -- Where nobody delivered a cost it is unknown, not 0.
        channel_costs.cost as sales_marketing_cost,
        coalesce(channel_months.new_customers, 0) as new_customers,
        coalesce(channel_months.new_mrr, 0) as new_mrr,
        channel_months.closing_mrr,
        channel_months.closing_customers
    from channel_months
    full outer join channel_costs
        on
            channel_months.period_month = channel_costs.period_month
            and channel_months.segment_value = channel_costs.channel
),

measured as (
    select
        joined.*,
        joined.period_month >= {{ as_of_month() }} as is_partial,
        {{ ratio('joined.closing_mrr', 'joined.closing_customers') }} as month_arpa,
        trailing_churn.mean_churn_rate,
        {{ wilson_bound(
            'trailing_churn.churned_customers', 'trailing_churn.starting_customers', 'high'
        ) }}
            as high_churn_rate,
        {{ ratio('observed_values.margin_lived', 'observed_values.ended_customers') }}
            as mean_margin_lived,
        lives.months_lived,
        {{ ratio('margins.closing_margin', 'joined.closing_mrr') }} as gross_margin,
        {{ ratio('margins.new_margin', 'joined.new_mrr') }} as new_gross_margin
    from joined
    left join trailing_churn
        on
            joined.period_month = trailing_churn.period_month
            and joined.channel = trailing_churn.channel
    left join observed_values
        on
            joined.period_month = observed_values.period_month
            and joined.channel = observed_values.channel
    left join lives
        on
            joined.period_month = lives.period_month
            and joined.channel = lives.channel
    left join margins
        on
            joined.period_month = margins.period_month
            and joined.channel = margins.channel
    where joined.period_month <= {{ as_of_month() }}
),

valued as (
    select
        *,
        {{ ratio('sales_marketing_cost', 'new_customers') }} as month_cac,
        month_arpa * gross_margin / nullif(mean_churn_rate, 0) as month_ltv,
        month_arpa * gross_margin / nullif(high_churn_rate, 0) as month_ltv_low,
        {{ ratio('sales_marketing_cost', '(new_mrr * new_gross_margin)') }} as month_payback
    from measured
)

select
    period_month,
    channel,
    {{ is_total_row(['channel']) }} as is_total,
    cast(sales_marketing_cost as {{ type_money() }}) as sales_marketing_cost,
    cast(new_customers as bigint) as new_customers,
    cast(new_mrr as {{ type_money() }}) as new_mrr,
    gross_margin,
    new_gross_margin,
    case when not is_partial then month_cac end as cac,
    case when not is_partial then month_payback end as cac_payback_months,
    case when not is_partial then month_arpa end as arpa,
    case when not is_partial then mean_churn_rate end as mean_churn_rate,
    case when not is_partial then month_ltv end as ltv,
    case when not is_partial then month_ltv_low end as ltv_low,
    case when not is_partial then months_lived end as months_lived_60m,
    case when not is_partial then month_arpa * gross_margin * months_lived end as ltv_60m,
    case when not is_partial then mean_margin_lived end as ltv_observed,
    case when not is_partial then month_ltv / nullif(month_cac, 0) end as ltv_to_cac,
    is_partial
from valued
