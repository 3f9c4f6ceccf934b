-- Grain: one row per month that breaks the rule: churn starts from other customers or MRR than the
-- month opened with, by the company's month or by its customers'.
with churn as (
    select * from {{ ref('fct_churn_monthly') }}
    where segment_type = 'all'
),

months as (
    select * from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
),

customers as (
    select
        period_month,
        count(case when opening_mrr > 0 then 1 end) as opening_customers,
        sum(opening_mrr) as opening_mrr
    from {{ ref('fct_customer_mrr_monthly') }}
    group by period_month
),

joined as (
    select
        coalesce(churn.period_month, customers.period_month) as period_month,
        churn.starting_customers,
        churn.starting_mrr,
        customers.opening_customers,
        customers.opening_mrr
    from churn
    full outer join customers on churn.period_month = customers.period_month
)

select
    coalesce(cast(joined.period_month as {{ dbt.type_string() }}), 'nothing')
    || ': churn starts from '
    || coalesce(cast(joined.starting_customers as {{ dbt.type_string() }}), 'nothing')
    || ' customers with MRR '
    || coalesce(cast(joined.starting_mrr as {{ dbt.type_string() }}), 'nothing')
    || ', the customers'' months from '
    || coalesce(cast(joined.opening_customers as {{ dbt.type_string() }}), 'nothing')
    || ' with '
    || coalesce(cast(joined.opening_mrr as {{ dbt.type_string() }}), 'nothing')
    || ', the company''s month from '
    || coalesce(cast(months.opening_customers as {{ dbt.type_string() }}), 'nothing')
    || ' with '
    || coalesce(cast(months.opening_mrr as {{ dbt.type_string() }}), 'nothing') as message,
    joined.period_month
from joined
left join months on joined.period_month = months.period_month
where
    joined.starting_customers is distinct from joined.opening_customers
    or joined.starting_mrr is distinct from joined.opening_mrr
    or joined.starting_customers is distinct from months.opening_customers
    or joined.starting_mrr is distinct from months.opening_mrr
