-- Grain: one row per reseller that a customer came through, named by the CRM where it is an
-- account.
with customers as (
    select distinct reseller_id
    from {{ ref('int_identity__customer_accounts') }}
    where reseller_id is not null
),

accounts as (
    select
        crm_account_id,
        name
    from {{ ref('stg_crm_accounts') }}
)

select
    customers.reseller_id,
    accounts.name as reseller_name
from customers
left join accounts on customers.reseller_id = accounts.crm_account_id
