-- Grain: one row where the rule is broken: the customers' MRR is not that of the company's newest
-- month. Without any month it is 0.
with customers as (
    select * from {{ ref('dim_customers') }}
),

months as (
    select * from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
),

of_customers as (
    select coalesce(sum(mrr), 0) as mrr
    from customers
),

newest as (
    select max(period_month) as period_month
    from months
),

of_month as (
    select
        max(months.period_month) as period_month,
        coalesce(sum(months.closing_mrr), 0) as closing_mrr
    from months
    inner join newest on months.period_month = newest.period_month
)

select
    'The customers have ' || cast(of_customers.mrr as {{ dbt.type_string() }})
    || ', and the newest month, '
    || {{ told('of_month.period_month') }}
    || ', closed with ' || cast(of_month.closing_mrr as {{ dbt.type_string() }}) as message,
    of_customers.mrr,
    of_month.period_month,
    of_month.closing_mrr
from of_customers
cross join of_month
where of_customers.mrr <> of_month.closing_mrr
