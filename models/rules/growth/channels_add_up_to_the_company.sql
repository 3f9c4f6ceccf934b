-- Grain: one row per month that breaks the rule: the channels' cost, new customers or new MRR are
-- not those of the company.
with economics as (
    select
        period_month,
        sales_marketing_cost,
        new_customers,
        new_mrr,
        channel = 'all' as is_total
    from {{ ref('fct_unit_economics_monthly') }}
),

-- A cost that nobody delivered is NULL, in the channels and in their total.
sums as (
    select
        period_month,
        count(case when is_total then 1 end) as total_rows,
        sum(case when is_total then sales_marketing_cost end) as total_cost,
        sum(case when not is_total then sales_marketing_cost end) as channel_cost,
        sum(case when is_total then new_customers end) as total_customers,
        coalesce(sum(case when not is_total then new_customers end), 0) as channel_customers,
        sum(case when is_total then new_mrr end) as total_mrr,
        coalesce(sum(case when not is_total then new_mrr end), 0) as channel_mrr,
        count(*) - least(count(is_total), count(new_customers), count(new_mrr)) as empty_rows
    from economics
    group by period_month
)

select
    {{ told('period_month') }}
    || ': the company has a cost of '
    || {{ told('total_cost') }}
    || ', new customers '
    || {{ told('total_customers') }}
    || ' and new MRR '
    || {{ told('total_mrr') }}
    || '; its channels '
    || {{ told('channel_cost') }}
    || ', '
    || {{ told('channel_customers') }}
    || ' and '
    || {{ told('channel_mrr') }} as message,
    period_month
from sums
where
    total_rows <> 1
    or empty_rows > 0
    or total_cost is distinct from channel_cost
    or total_customers is distinct from channel_customers
    or total_mrr is distinct from channel_mrr
