-- Grain: one row per reseller that a customer came through, named by the CRM where it knows it.
with customers as (
    select distinct reseller_id
    from {{ ref('int_mrr__customers') }}
    where reseller_id is not null
),

accounts as (
    select
        crm_account_id,
        source_name,
        name
    from {{ ref('stg_crm_accounts') }}
)

select
    customers.reseller_id,
    min(accounts.name) as reseller_name
from customers
left join accounts
    on {{ source_key('customers.reseller_id', 'accounts.source_name') }} = accounts.crm_account_id
group by customers.reseller_id
