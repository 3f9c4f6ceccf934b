-- Grain: one row per customer that ever had MRR and segment type, as of acquisition.
with cohorts as (
    select * from {{ ref('int_retention__cohorts') }}
),

ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

fixed_segments as (
    select * from {{ ref('int_retention__fixed_segments') }}
),

first_plans as (
    select
        cohorts.customer_id,
        coalesce(ledger.plan_name, 'unknown') as plan_name,
        coalesce(ledger.product_id, 'unknown') as product_id,
        row_number() over (
            partition by cohorts.customer_id
            order by
                ledger.mrr_after_native desc nulls last,
                ledger.plan_name asc,
                ledger.ledger_id asc
        ) as plan_rank
    from cohorts
    left join ledger
        on
            cohorts.customer_id = ledger.customer_id
            and cohorts.cohort_on = ledger.effective_date
)

select
    fixed_segments.customer_id,
    fixed_segments.segment_type,
    fixed_segments.segment_value
from fixed_segments
inner join cohorts on fixed_segments.customer_id = cohorts.customer_id
union all
select
    customer_id,
    'plan' as segment_type,
    plan_name as segment_value
from first_plans
where plan_rank = 1
union all
select
    customer_id,
    'product' as segment_type,
    product_id as segment_value
from first_plans
where plan_rank = 1
