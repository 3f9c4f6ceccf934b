-- Grain: one row per period that breaks the rule: its customers have another MRR, or other losses,
-- than the company's rates are made of.
with customers as (
    select
        period_month,
        period_months,
        count(*) as starting_customers,
        sum(case when is_churned then 1 else 0 end) as churned_customers,
        sum(starting_mrr) as starting_mrr
    from {{ ref('fct_retention_customers') }}
    group by
        period_month,
        period_months
),

rates as (
    {{ starts_of_the_company() }}
)

select
    {{ told('coalesce(rates.period_month, customers.period_month)') }}
    || ', ' || {{ told('coalesce(rates.period_months, customers.period_months)') }}
    || ' months: the customers had ' || {{ told('customers.starting_mrr') }}
    || ' and ' || {{ told('customers.churned_customers') }} || ' of them left, the rates are of '
    || {{ told('rates.starting_mrr') }} || ' and ' || {{ told('rates.churned_customers') }}
        as message,
    coalesce(rates.period_month, customers.period_month) as period_month,
    coalesce(rates.period_months, customers.period_months) as period_months,
    customers.starting_mrr as starting_mrr_of_customers,
    rates.starting_mrr
from rates
full outer join customers
    on
        rates.period_month = customers.period_month
        and rates.period_months = customers.period_months
where
    customers.starting_customers is distinct from rates.starting_customers
    or customers.churned_customers is distinct from rates.churned_customers
    or customers.starting_mrr is distinct from rates.starting_mrr
