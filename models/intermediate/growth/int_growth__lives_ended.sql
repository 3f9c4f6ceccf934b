-- Grain: one row per customer and month in which it ended a life or came back to one.
with customer_months as (
    select * from {{ ref('int_growth__margin_months') }}
),

churns as (
    select * from {{ ref('int_retention__churn_movements') }}
    where is_last_in_month
),

lived as (
    select
        customer_id,
        period_month,
        -- A month lived is a month at whose end the customer paid.
        case
            when count(closing_margin) over history = count(*) over history
                then sum(closing_margin) over history
        end as margin_lived
    from customer_months
    window history as (
        partition by customer_id
        order by period_month
        rows between unbounded preceding and current row
    )
),

ends as (
    select
        churns.customer_id,
        churns.period_month,
        {{ month_start('churns.returned_on') }} as return_month,
        lived.margin_lived
    from churns
    inner join lived
        on
            churns.customer_id = lived.customer_id
            and churns.period_month = lived.period_month
    where
        churns.returned_on is null
        or {{ month_start('churns.returned_on') }} > churns.period_month
)

select
    customer_id,
    period_month,
    1 as customers_delta,
    margin_lived as margin_delta
from ends
union all
select
    customer_id,
    return_month as period_month,
    -1 as customers_delta,
    -margin_lived as margin_delta
from ends
where return_month is not null
