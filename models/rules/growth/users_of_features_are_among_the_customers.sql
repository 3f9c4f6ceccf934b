-- Grain: one row per month and feature that breaks the rule: its users are more than there are, or
-- all customers are not those of the company.
with adoption as (
    select * from {{ ref('fct_feature_adoption_monthly') }}
),

months as (
    select * from {{ ref('fct_mrr_monthly') }}
    where is_total
)

select
    {{ told('adoption.period_month') }}
    || ', ' || {{ told('adoption.feature') }}
    || ': ' || {{ told('adoption.customers') }}
    || ' of ' || {{ told('adoption.all_customers') }}
    || ' customers with ' || {{ told('adoption.mrr') }}
    || ' of ' || {{ told('adoption.all_mrr') }}
    || ' use it, of whom ' || {{ told('adoption.compared_users') }}
    || ' are compared; the company has ' || {{ told('months.closing_customers') }}
    || ' customers with ' || {{ told('months.closing_mrr') }} as message,
    adoption.period_month,
    adoption.feature
from adoption
left join months on adoption.period_month = months.period_month
where
    adoption.all_customers <> coalesce(months.closing_customers, 0)
    or adoption.all_mrr <> coalesce(months.closing_mrr, 0)
    or adoption.customers > adoption.all_customers
    or adoption.customers > adoption.users
    or adoption.mrr > adoption.all_mrr
    or adoption.compared_users > adoption.customers
    or adoption.compared_users + adoption.compared_non_users > adoption.all_customers
    or adoption.churned_users_90d > adoption.compared_users
