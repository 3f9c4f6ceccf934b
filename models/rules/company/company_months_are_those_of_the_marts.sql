-- Grain: one row per month that breaks the rule: the company's month is missing, or is not what
-- the marts say that it joins.
with company as (
    select * from {{ ref('fct_company_monthly') }}
),

mrr as (
    select * from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
),

churn as (
    select * from {{ ref('fct_churn_monthly') }}
    where segment_type = 'all'
),

revenue as (
    select * from {{ ref('fct_revenue_monthly') }}
    where segment_type = 'all'
)

select
    {{ told('coalesce(mrr.period_month, company.period_month)') }}
    || ': the company closes with ' || {{ told('company.closing_mrr') }}
    || ' and has a net revenue of ' || {{ told('company.net_revenue') }}
    || ', the marts say ' || {{ told('mrr.closing_mrr') }}
    || ' and ' || {{ told('revenue.net_revenue') }}
    || '; where these agree, another amount or rate of the month does not' as message,
    coalesce(mrr.period_month, company.period_month) as period_month,
    company.closing_mrr as closing_mrr_of_company,
    mrr.closing_mrr
from mrr
full outer join company on mrr.period_month = company.period_month
left join churn on mrr.period_month = churn.period_month
left join revenue on mrr.period_month = revenue.period_month
where
    company.opening_mrr is distinct from mrr.opening_mrr
    or company.closing_mrr is distinct from mrr.closing_mrr
    or company.closing_customers is distinct from mrr.closing_customers
    or company.grr is distinct from churn.grr
    or company.nrr is distinct from churn.nrr
    or company.net_revenue is distinct from revenue.net_revenue
