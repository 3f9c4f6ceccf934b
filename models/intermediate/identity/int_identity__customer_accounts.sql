{{ config(materialized='table') }}

-- Grain: one row per billing customer, after merges.
-- It comes with the account it belongs to, and with who sold to it.
with customers as (

    select
        customer_id,
        min(source_name) as source_name,
        max(case when is_expected then 1 else 0 end) = 1 as is_expected
    from {{ ref('int_identity__customer_records') }}
    group by customer_id

),

decisions as (

    select * from {{ ref('int_identity__decisions') }}

),

customer_resellers as (

    select * from {{ ref('int_identity__customer_resellers') }}

)

select
    customers.customer_id,
    customers.source_name,
    decisions.crm_account_id,
    case when decisions.crm_account_id is not null then decisions.rule end as rule,
    customer_resellers.reseller_id,
    customer_resellers.reseller_evidence,
    customer_resellers.reseller_id is not null as is_indirect,
    customers.is_expected
from customers
left join decisions on customers.customer_id = decisions.customer_id
left join customer_resellers on customers.customer_id = customer_resellers.customer_id
