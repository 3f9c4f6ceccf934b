-- Grain: one row per month that breaks the rule: the channels' cost, new customers or new MRR are
-- not those of the company.
with economics as (
    select
        unit_economics.*,
        unit_economics.channel = 'all' as is_total
    from {{ ref('fct_unit_economics_monthly') }} as unit_economics
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
    coalesce(cast(period_month as {{ dbt.type_string() }}), 'nothing')
    || ': the company has a cost of '
    || coalesce(cast(total_cost as {{ dbt.type_string() }}), 'nothing')
    || ', new customers '
    || coalesce(cast(total_customers as {{ dbt.type_string() }}), 'nothing')
    || ' and new MRR '
    || coalesce(cast(total_mrr as {{ dbt.type_string() }}), 'nothing')
    || '; its channels '
    || coalesce(cast(channel_cost as {{ dbt.type_string() }}), 'nothing')
    || ', '
    || coalesce(cast(channel_customers as {{ dbt.type_string() }}), 'nothing')
    || ' and '
    || coalesce(cast(channel_mrr as {{ dbt.type_string() }}), 'nothing') as message,
    period_month
from sums
where
    total_rows <> 1
    or empty_rows > 0
    or total_cost is distinct from channel_cost
    or total_customers is distinct from channel_customers
    or total_mrr is distinct from channel_mrr
