-- Grain: one row per month that breaks the rule: its customers have another MRR or number than the
-- company, a larger group pays less than a smaller one, or the index is out of its bounds.
with concentration as (
    select * from {{ ref('fct_customer_concentration_monthly') }}
),

company as (
    select * from {{ ref('fct_mrr_monthly') }}
    where
        segment_type = 'all'
        and closing_customers > 0
)

select
    {{ told('coalesce(company.period_month, concentration.period_month)') }}
    || ': ' || {{ told('concentration.customers') }}
    || ' customers pay ' || {{ told('concentration.closing_mrr') }}
    || ', the company has ' || {{ told('company.closing_customers') }}
    || ' and ' || {{ told('company.closing_mrr') }}
    || '; the largest pays ' || {{ told('concentration.top_1_share') }}
    || ', the largest 20 ' || {{ told('concentration.top_20_share') }}
    || ', index ' || {{ told('concentration.herfindahl_index') }} as message,
    coalesce(company.period_month, concentration.period_month) as period_month,
    concentration.closing_mrr as closing_mrr_of_customers,
    company.closing_mrr
from company
full outer join concentration on company.period_month = concentration.period_month
where
    concentration.closing_mrr is distinct from company.closing_mrr
    or concentration.customers is distinct from company.closing_customers
    or concentration.top_1_share > concentration.top_5_share
    or concentration.top_5_share > concentration.top_10_share
    or concentration.top_10_share > concentration.top_20_share
    or concentration.top_20_share > 1
    -- Between equal customers and one that pays all.
    or concentration.herfindahl_index * concentration.customers < 0.999999
    or concentration.herfindahl_index > 1.000001
