-- Grain: one row per month and segment of customers, with its balances, movements and counts.
-- Customers that share all their segments are added up first: they are few kinds, and customer
-- months are many.
with months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
),

segments as (
    select
        *,
        dense_rank() over (
            order by
                country,
                sales_model,
                acquisition_channel,
                reseller,
                currency,
                cohort_year,
                size_band
        ) as kind
    from {{ ref('int_mrr__customer_segments') }}
),

kinds as (
    select distinct
        kind,
        country,
        sales_model,
        acquisition_channel,
        reseller,
        currency,
        cohort_year,
        size_band
    from segments
),

sums as (
    select
        months.period_month,
        months.is_partial,
        segments.kind,
        {{ waterfall_sums() }}
    from months
    inner join segments on months.customer_id = segments.customer_id
    group by
        months.period_month,
        months.is_partial,
        segments.kind
),

joined as (
    select
        sums.*,
        kinds.country,
        kinds.sales_model,
        kinds.acquisition_channel,
        kinds.reseller,
        kinds.currency,
        kinds.cohort_year,
        kinds.size_band
    from sums
    inner join kinds on sums.kind = kinds.kind
)

select
    period_month,
    case
        when grouping(country) = 0 then 'country'
        when grouping(sales_model) = 0 then 'sales_model'
        when grouping(acquisition_channel) = 0 then 'acquisition_channel'
        when grouping(reseller) = 0 then 'reseller'
        when grouping(currency) = 0 then 'currency'
        when grouping(cohort_year) = 0 then 'cohort_year'
        when grouping(size_band) = 0 then 'size_band'
        else 'all'
    end as segment_type,
    coalesce(
        country, sales_model, acquisition_channel, reseller, currency, cohort_year, size_band, 'all'
    ) as segment_value,
    {{ waterfall_totals() }},
    is_partial
from joined
group by grouping sets (
    (period_month, is_partial),
    (period_month, is_partial, country),
    (period_month, is_partial, sales_model),
    (period_month, is_partial, acquisition_channel),
    (period_month, is_partial, reseller),
    (period_month, is_partial, currency),
    (period_month, is_partial, cohort_year),
    (period_month, is_partial, size_band)
)
