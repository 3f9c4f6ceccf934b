-- Grain: one row per last month of a period, length of it, one month or twelve, and band.
-- A band is all customers, how long they had been customers, or what they paid when it began.
-- Each is a plain sum of the customers of fct_retention_customers.
-- DECISIONS.md#bands-of-tenure-and-of-starting-mrr
with customers as (
    select
        *,
        {{ month_index('period_month') }} - period_months + 1 as start_index
    from {{ ref('fct_retention_customers') }}
),

cohorts as (
    select
        customer_id,
        {{ month_index('cohort_month') }} as cohort_index
    from {{ ref('int_retention__cohorts') }}
),

tenure_bands as (
    select * from {{ ref('tenure_bands') }}
),

size_bands as (
    select
        *,
        cast(row_number() over (order by from_mrr) as bigint) as position
    from {{ ref('size_bands') }}
),

-- Added up by both bands at once, so that the customers are read once.
cells as (
    select
        customers.period_month,
        customers.period_months,
        customers.is_partial,
        tenure_bands.tenure_band,
        tenure_bands.position as tenure_position,
        size_bands.size_band,
        size_bands.position as size_position,
        count(*) as starting_customers,
        sum(case when customers.is_churned then 1 else 0 end) as churned_customers,
        {{ money_sum('customers.starting_mrr') }} as starting_mrr,
        {{ money_sum('customers.kept_mrr') }} as kept_mrr,
        {{ money_sum('customers.ending_mrr') }} as ending_mrr
    from customers
    inner join cohorts on customers.customer_id = cohorts.customer_id
    inner join tenure_bands
        on
            {{ in_tenure_band('customers.start_index - cohorts.cohort_index', 'tenure_bands') }}
    inner join size_bands
        on
            customers.starting_mrr >= size_bands.from_mrr
            and (
                size_bands.below_mrr is null or customers.starting_mrr < size_bands.below_mrr
            )
    group by
        customers.period_month,
        customers.period_months,
        customers.is_partial,
        tenure_bands.tenure_band,
        tenure_bands.position,
        size_bands.size_band,
        size_bands.position
),

banded as (
    select
        cells.*,
        'all' as segment_type,
        'all' as segment_value,
        cast(0 as bigint) as segment_position
    from cells

    union all

    select
        cells.*,
        'tenure' as segment_type,
        tenure_band as segment_value,
        tenure_position as segment_position
    from cells

    union all

    select
        cells.*,
        'starting_mrr' as segment_type,
        size_band as segment_value,
        size_position as segment_position
    from cells
),

totals as (
    select
        period_month,
        period_months,
        segment_type,
        segment_value,
        segment_position,
        is_partial,
        cast(sum(starting_customers) as bigint) as starting_customers,
        cast(sum(churned_customers) as bigint) as churned_customers,
        {{ money_sum('starting_mrr') }} as mrr_at_start,
        {{ money_sum('kept_mrr') }} as mrr_kept,
        {{ money_sum('ending_mrr') }} as mrr_at_end
    from banded
    group by
        period_month,
        period_months,
        segment_type,
        segment_value,
        segment_position,
        is_partial
),

rates as (
    select
        *,
        {{ count_rate_with_bounds(
            'churned_customers', 'starting_customers', 'customer_churn_rate'
        ) }}
    from totals
)

select
    period_month,
    period_months,
    segment_type,
    segment_value,
    segment_position,
    {{ is_total_row(['segment_type']) }} as is_total,
    starting_customers,
    churned_customers,
    case when not is_partial then customer_churn_rate end as customer_churn_rate,
    case when not is_partial then customer_churn_rate_low end as customer_churn_rate_low,
    case when not is_partial then customer_churn_rate_high end as customer_churn_rate_high,
    mrr_at_start as starting_mrr,
    mrr_kept as kept_mrr,
    mrr_at_end as ending_mrr,
    case when not is_partial then {{ ratio('mrr_kept', 'mrr_at_start') }} end as grr,
    case when not is_partial then {{ ratio('mrr_at_end', 'mrr_at_start') }} end as nrr,
    is_partial
from rates
