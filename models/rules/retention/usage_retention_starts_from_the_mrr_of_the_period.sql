-- Grain: one row per complete period that breaks the rule: retention with usage starts from another
-- MRR than retention does.
with usage as (
    select * from {{ ref('fct_usage_retention_monthly') }}
),

bands as (
    select * from {{ ref('fct_retention_bands_monthly') }}
    where
        is_total
        and not is_partial
)

select
    {{ told('bands.period_month') }}
    || ', ' || {{ told('bands.period_months') }}
    || ' months: with usage it starts from ' || {{ told('usage.starting_mrr') }}
    || ' of ' || {{ told('usage.starting_customers') }}
    || ' customers, without it from ' || {{ told('bands.starting_mrr') }}
    || ' of ' || {{ told('bands.starting_customers') }} as message,
    bands.period_month,
    bands.period_months
from bands
left join usage
    on
        bands.period_month = usage.period_month
        and bands.period_months = usage.period_months
where
    usage.starting_mrr is distinct from bands.starting_mrr
    or usage.starting_customers < bands.starting_customers
