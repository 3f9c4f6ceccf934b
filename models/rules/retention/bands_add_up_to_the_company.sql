-- Grain: one row per period and type of band that breaks the rule: its bands have other customers,
-- losses or MRR in total than the company's rates are made of.
with bands as (
    select
        period_month,
        period_months,
        segment_type,
        sum(starting_customers) as starting_customers,
        sum(churned_customers) as churned_customers,
        {{ money_sum('starting_mrr') }} as starting_mrr
    from {{ ref('fct_retention_bands_monthly') }}
    group by
        period_month,
        period_months,
        segment_type
),

types as (
    select distinct segment_type from bands
),

rates as (
    {{ starts_of_the_company() }}
)

select
    {{ told('rates.period_month') }}
    || ', ' || {{ told('rates.period_months') }}
    || ' months, bands of ' || {{ told('types.segment_type') }}
    || ': ' || {{ told('bands.starting_customers') }}
    || ' customers with ' || {{ told('bands.starting_mrr') }}
    || ', of whom ' || {{ told('bands.churned_customers') }}
    || ' left; the rates are of ' || {{ told('rates.starting_customers') }}
    || ', ' || {{ told('rates.starting_mrr') }}
    || ' and ' || {{ told('rates.churned_customers') }} as message,
    rates.period_month,
    rates.period_months,
    types.segment_type
from rates
cross join types
left join bands
    on
        rates.period_month = bands.period_month
        and rates.period_months = bands.period_months
        and types.segment_type = bands.segment_type
where
    bands.starting_customers is distinct from rates.starting_customers
    or bands.churned_customers is distinct from rates.churned_customers
    or bands.starting_mrr is distinct from rates.starting_mrr
