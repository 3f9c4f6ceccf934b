-- Grain: one row per month and customer, up to the unfinished month. A closed month is as it was
-- closed; what was learnt of the closed months since stands in the first open one.
-- DECISIONS.md#as-reported
with bases as (
    select * from {{ ref('stg_reported_bases') }}
    where kind = 'close'
),

last_closed as (
    select max(period_month) as period_month from bases
),

closed as (
    select
        revenue.period_month,
        revenue.customer_id,
        revenue.revenue_class,
        revenue.amount,
        bases.base_id as closed_as
    from {{ ref('stg_reported_revenue') }} as revenue
    inner join bases on revenue.base_id = bases.base_id
),

restated as (
    select
        revenue.recognition_month as period_month,
        revenue.customer_id,
        revenue.revenue_class,
        revenue.amount,
        coalesce(revenue.recognition_month <= last_closed.period_month, false) as is_of_closed
    from {{ ref('fct_revenue_recognition') }} as revenue
    cross join last_closed
    where revenue.recognition_month <= {{ as_of_month() }}
),

learnt as (
    select
        customer_id,
        amount
    from restated
    where is_of_closed

    union all

    select
        customer_id,
        -amount as amount
    from closed
),

adjusted as (
    select
        {{ month_from_index('(' ~ month_index('last_closed.period_month') ~ ' + 1)') }}
            as period_month,
        learnt.customer_id,
        'prior_period_adjustment' as revenue_class,
        {{ money_sum('learnt.amount') }} as amount
    from learnt
    cross join last_closed
    group by
        last_closed.period_month,
        learnt.customer_id
    having {{ money_sum('learnt.amount') }} <> 0
),

rows_by_class as (
    select * from closed

    union all

    select
        period_month,
        customer_id,
        revenue_class,
        amount,
        cast(null as {{ dbt.type_string() }}) as closed_as
    from restated
    where not is_of_closed

    union all

    select
        adjusted.*,
        cast(null as {{ dbt.type_string() }}) as closed_as
    from adjusted
)

select
    period_month,
    customer_id,
    {{ class_sum(earning_classes()) }} as gross_revenue,
    {{ class_sum(['credit_note']) }} as credit_notes,
    {{ class_sum(['refund']) }} as refunds,
    {{ class_sum(['void']) }} as voids,
    {{ class_sum(['bad_debt']) }} as bad_debt,
    {{ class_sum(['dispute']) }} as disputes,
    {{ class_sum(['prior_period_adjustment']) }} as prior_period_adjustment,
    coalesce({{ money_sum('amount') }}, 0) as net_revenue,
    closed_as is not null as is_closed,
    closed_as,
    period_month >= {{ as_of_month() }} as is_partial
from rows_by_class
group by
    period_month,
    customer_id,
    closed_as
