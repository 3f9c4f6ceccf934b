-- Grain: one row per fiscal quarter.
-- A cost, revenue or cash of a quarter is known where all of its three months are.
-- DECISIONS.md#costs-of-the-company
-- DECISIONS.md#net-burn
with quarters as (
    select
        *,
        {{ month_index('period_start') }} as quarter_index
    from {{ ref('fct_arr_waterfall') }}
    where period_type = 'quarter'
),

company_costs as (
    select
        *,
        {{ fiscal_quarter_start_index(month_index('period_month')) }} as quarter_index
    from {{ ref('int_growth__company_costs') }}
),

acquisition_costs as (
    select
        period_month,
        {{ money_sum('cost') }} as cost
    from {{ ref('int_growth__costs') }}
    group by period_month
),

-- What the books say of sales and marketing holds all that campaigns and channels tell.
sales_marketing_months as (
    select
        coalesce(company_costs.period_month, acquisition_costs.period_month) as period_month,
        coalesce(company_costs.cost, acquisition_costs.cost) as cost
    from (
        select * from company_costs
        where category = 'sales_marketing'
    ) as company_costs
    full outer join acquisition_costs
        on company_costs.period_month = acquisition_costs.period_month
),

sales_marketing as (
    select
        {{ fiscal_quarter_start_index(month_index('period_month')) }} as quarter_index,
        case when count(*) = 3 then {{ money_sum('cost') }} end as cost
    from sales_marketing_months
    group by {{ fiscal_quarter_start_index(month_index('period_month')) }}
),

categories as (
    select
        quarter_index,
        category,
        count(*) as months,
        {{ money_sum('cost') }} as category_cost
    from company_costs
    where category <> 'sales_marketing'
    group by
        quarter_index,
        category
),

other_costs as (
    select
        quarter_index,
        case when min(months) = 3 then {{ money_sum('category_cost') }} end as cost
    from categories
    group by quarter_index
),

revenue as (
    select
        {{ fiscal_quarter_start_index(month_index('period_month')) }} as quarter_index,
        case when count(*) = 3 then {{ money_sum('net_revenue') }} end as net_revenue
    from {{ ref('fct_revenue_monthly') }}
    where
        segment_type = 'all'
        and not is_partial
    group by {{ fiscal_quarter_start_index(month_index('period_month')) }}
),

cash as (
    select
        {{ fiscal_quarter_start_index(month_index('period_month')) }} as quarter_index,
        -- A quarter in which nothing was collected is one whose payments nobody delivered.
        case
            when count(*) = 3 and sum(cash_collected) > 0
                then {{ money_sum('cash_collected + cash_paid_back') }}
        end as cash_in
    from {{ ref('fct_receivables_monthly') }}
    where not is_partial
    group by {{ fiscal_quarter_start_index(month_index('period_month')) }}
),

-- A quarter without a row was invoiced without tax.
taxes as (
    select
        {{ fiscal_quarter_start_index(month_index('period_month')) }} as quarter_index,
        {{ money_sum('credits - debits') }} as tax
    from {{ ref('fct_journal_monthly') }}
    where account = 'tax_payable'
    group by {{ fiscal_quarter_start_index(month_index('period_month')) }}
),

joined as (
    select
        quarters.*,
        sales_marketing.cost as sales_marketing_cost,
        quarter_before.cost as sales_marketing_cost_before,
        cast(sales_marketing.cost + other_costs.cost as {{ type_money() }}) as total_costs,
        cast(cash.cash_in - coalesce(taxes.tax, 0) as {{ type_money() }}) as customer_cash,
        revenue.net_revenue,
        year_before.net_revenue as net_revenue_year_before
    from quarters
    left join sales_marketing on quarters.quarter_index = sales_marketing.quarter_index
    left join sales_marketing as quarter_before
        on quarters.quarter_index = quarter_before.quarter_index + 3
    left join other_costs on quarters.quarter_index = other_costs.quarter_index
    left join cash on quarters.quarter_index = cash.quarter_index
    left join taxes on quarters.quarter_index = taxes.quarter_index
    left join revenue on quarters.quarter_index = revenue.quarter_index
    left join revenue as year_before
        on quarters.quarter_index = year_before.quarter_index + 12
),

measured as (
    select
        *,
        cast(total_costs - customer_cash as {{ type_money() }}) as net_burn,
        {{ ratio('net_revenue - net_revenue_year_before', 'net_revenue_year_before') }}
            as net_revenue_growth_rate,
        {{ ratio('net_revenue - total_costs', 'net_revenue') }} as operating_margin_rate
    from joined
)

select
    period_start,
    fiscal_year,
    fiscal_quarter,
    net_new_arr,
    ---------- costs, cash, revenue
    sales_marketing_cost,
    sales_marketing_cost_before,
    total_costs,
    customer_cash,
    net_burn,
    net_revenue,
    net_revenue_growth_rate,
    operating_margin_rate,
    ---------- efficiency
    case
        when not is_partial then {{ ratio('net_new_arr', 'sales_marketing_cost_before') }}
    end as magic_number,
    case
        when not is_partial and net_new_arr > 0 then {{ ratio('net_burn', 'net_new_arr') }}
    end as burn_multiple,
    net_revenue_growth_rate + operating_margin_rate as rule_of_40_rate,
    is_partial
from measured
