-- Grain: one row per month and feature that breaks the rule: it counts other users, MRR or losses
-- than its customers have.
with adoption as (
    select * from {{ ref('fct_feature_adoption_monthly') }}
),

customers as (
    select
        period_month,
        feature,
        count(*) as users,
        {{ money_sum('mrr') }} as mrr,
        count(case when is_compared then 1 end) as compared_users,
        sum(case when is_compared then churned_90d end) as churned_users_90d
    from {{ ref('fct_feature_customers_monthly') }}
    group by
        period_month,
        feature
)

select
    {{ told('coalesce(adoption.period_month, customers.period_month)') }}
    || ', ' || {{ told('coalesce(adoption.feature, customers.feature)') }}
    || ': ' || {{ told('adoption.users') }}
    || ' users with ' || {{ told('adoption.mrr') }}
    || ', of whom ' || {{ told('adoption.compared_users') }}
    || ' are compared and ' || {{ told('adoption.churned_users_90d') }}
    || ' left; its customers are ' || {{ told('customers.users') }}
    || ' with ' || {{ told('customers.mrr') }}
    || ', ' || {{ told('customers.compared_users') }}
    || ' and ' || {{ told('customers.churned_users_90d') }} as message,
    coalesce(adoption.period_month, customers.period_month) as period_month,
    coalesce(adoption.feature, customers.feature) as feature
from adoption
full outer join customers
    on
        adoption.period_month = customers.period_month
        and adoption.feature = customers.feature
where
    adoption.users is distinct from customers.users
    or adoption.mrr is distinct from customers.mrr
    or adoption.compared_users <> customers.compared_users
    or adoption.churned_users_90d <> customers.churned_users_90d
