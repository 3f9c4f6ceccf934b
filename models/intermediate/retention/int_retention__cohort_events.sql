-- Grain: one row per customer and event that changes a cohort's totals.
with movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

customer_months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
),

cohorts as (
    select * from {{ ref('int_retention__cohorts') }}
),

churns as (
    select
        movement_id,
        row_number() over (
            partition by customer_id
            order by movement_date, movement_id
        ) as churn_number
    from movements
    where movement_type = 'churn'
),

movement_events as (
    select
        movements.customer_id,
        movements.period_month,
        movements.mrr_delta,
        case
            when movements.movement_type in ('new', 'reactivation') then 1
            when movements.movement_type = 'churn' then -1
            else 0
        end as active_delta,
        case
            when
                movements.movement_type = 'new'
                and movements.movement_date = cohorts.cohort_on
                then 1
            when churns.churn_number = 1 then -1
            else 0
        end as unbroken_delta
    from movements
    inner join cohorts
        on movements.customer_id = cohorts.customer_id
    left join churns
        on movements.movement_id = churns.movement_id
),

-- Without the currency line the running sum of movements would drift from the closing MRR.
fx_events as (
    select
        customer_id,
        period_month,
        fx_mrr as mrr_delta,
        0 as active_delta,
        0 as unbroken_delta
    from customer_months
    where fx_mrr <> 0
)

select * from movement_events
union all
select * from fx_events
