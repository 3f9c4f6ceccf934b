-- Grain: one row per month and customer. A closed month is as it was closed; what was learnt of the
-- closed months since stands in the first open one.
-- DECISIONS.md#as-reported
with bases as (
    select * from {{ ref('stg_reported_bases') }}
    where kind = 'close'
),

closed as (
    select
        months.*,
        bases.base_id as closed_as
    from {{ ref('stg_reported_customer_months') }} as months
    inner join bases on months.base_id = bases.base_id
),

last_closed as (
    select max(period_month) as period_month from bases
),

restated as (
    select months.*
    from {{ ref('fct_customer_mrr_monthly') }} as months
    cross join last_closed
    where
        last_closed.period_month is null
        or months.period_month > last_closed.period_month
),

first_open as (
    select
        {{ month_from_index('(' ~ month_index('last_closed.period_month') ~ ' + 1)') }}
            as period_month
    from last_closed
),

-- What each customer was reported with last, in the month that goes on from it.
carried as (
    select
        closed.customer_id,
        closed.closing_mrr,
        first_open.period_month
    from closed
    inner join last_closed on closed.period_month = last_closed.period_month
    cross join first_open
    where closed.closing_mrr <> 0
),

opened as (
    select
        coalesce(restated.period_month, carried.period_month) as period_month,
        coalesce(restated.customer_id, carried.customer_id) as customer_id,
        case
            when
                coalesce(restated.period_month, carried.period_month) = first_open.period_month
                then coalesce(carried.closing_mrr, 0)
            else restated.opening_mrr
        end as opening_mrr,
        coalesce(restated.opening_mrr, 0) as restated_opening_mrr,
        coalesce(restated.new_mrr, 0) as new_mrr,
        coalesce(restated.expansion_mrr, 0) as expansion_mrr,
        coalesce(restated.contraction_mrr, 0) as contraction_mrr,
        coalesce(restated.churned_mrr, 0) as churned_mrr,
        coalesce(restated.reactivation_mrr, 0) as reactivation_mrr,
        coalesce(restated.fx_mrr, 0) as fx_mrr,
        coalesce(restated.closing_mrr, 0) as closing_mrr
    from restated
    full outer join carried
        on
            restated.customer_id = carried.customer_id
            and restated.period_month = carried.period_month
    cross join first_open
)

select
    period_month,
    customer_id,
    opening_mrr,
    new_mrr,
    expansion_mrr,
    contraction_mrr,
    churned_mrr,
    reactivation_mrr,
    fx_mrr,
    prior_period_adjustment,
    closing_mrr,
    true as is_closed,
    closed_as,
    false as is_partial
from closed

union all

select
    period_month,
    customer_id,
    opening_mrr,
    new_mrr,
    expansion_mrr,
    contraction_mrr,
    churned_mrr,
    reactivation_mrr,
    fx_mrr,
    cast(restated_opening_mrr - opening_mrr as {{ type_money() }}) as prior_period_adjustment,
    closing_mrr,
    false as is_closed,
    cast(null as {{ dbt.type_string() }}) as closed_as,
    period_month >= {{ as_of_month() }} as is_partial
from opened
