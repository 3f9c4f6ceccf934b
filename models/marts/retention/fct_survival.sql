-- Grain: one row per segment as of acquisition and month of tenure.
-- Only the months in which a customer left or was last seen have a row.
with lifetimes as (
    select * from {{ ref('int_retention__lifetimes') }}
),

segments as (
    select * from {{ ref('int_retention__acquisition_segments') }}
),

months_of_tenure as (
    select
        segments.segment_type,
        segments.segment_value,
        lifetimes.tenure_months,
        cast(count(*) as bigint) as customers,
        {{ count_where('lifetimes.is_churned') }} as churned_customers
    from lifetimes
    inner join segments
        on lifetimes.customer_id = segments.customer_id
    group by
        segments.segment_type,
        segments.segment_value,
        lifetimes.tenure_months
),

at_risk as (
    select
        *,
        cast(
            sum(customers)
                over (
                    partition by segment_type, segment_value
                    order by tenure_months desc
                    rows between unbounded preceding and current row
                )
            as bigint
        ) as customers_at_risk,
        cast(sum(customers) over (partition by segment_type, segment_value) as bigint)
            as segment_customers
    from months_of_tenure
),

steps as (
    select
        *,
        {{ log_survival_step('churned_customers', 'customers_at_risk') }} as log_step,
        case
            when churned_customers < customers_at_risk
                then {{ ratio(
                    'churned_customers',
                    'customers_at_risk * (customers_at_risk - churned_customers)'
                ) }}
        end as variance_step
    from at_risk
),

sums as (
    select
        *,
        sum(log_step) over tenure as log_survival,
        sum(variance_step) over tenure as variance
    from steps
    window tenure as (
        partition by segment_type, segment_value
        order by tenure_months
        rows between unbounded preceding and current row
    )
),

curves as (
    select
        *,
        case when churned_customers = customers_at_risk then 0 else exp(log_survival) end
            as survival,
        -- The log-log interval stays between 0 and 1, unlike the plain one.
        case
            when log_survival < 0
                then exp(
                    cast(1.959963984540054 as {{ type_double() }}) * sqrt(variance) / -log_survival
                )
        end as bound_exponent
    from sums
)

select
    segment_type,
    segment_value,
    tenure_months,
    {{ is_total_row(['segment_type']) }} as is_total,
    customers_at_risk,
    churned_customers,
    customers - churned_customers as censored_customers,
    case
        when segment_customers >= {{ policy('min_n') }} then cast(survival as {{ type_double() }})
    end
        as survival_rate,
    case
        when segment_customers < {{ policy('min_n') }} then null
        when survival = 0 or bound_exponent is null then cast(survival as {{ type_double() }})
        else exp(log_survival * bound_exponent)
    end as survival_rate_low,
    case
        when segment_customers < {{ policy('min_n') }} then null
        when survival = 0 or bound_exponent is null then cast(survival as {{ type_double() }})
        else exp(log_survival / bound_exponent)
    end as survival_rate_high
from curves
