-- Grain: one row per month and segment of customers, with its balances, movements and counts.
-- One pass over the customer months for all the types of segment.
with months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
),

segments as (
    select * from {{ ref('int_mrr__customer_segments') }}
),

joined as (
    select
        months.*,
        segments.country,
        segments.sales_model,
        segments.acquisition_channel,
        segments.reseller,
        segments.currency,
        segments.cohort_year,
        segments.size_band
    from months
    inner join segments on months.customer_id = segments.customer_id
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
    {{ waterfall_sums() }},
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
