-- Linked, ambiguous or unmatched: where there is a CRM, no customer is silently left out.
with listed as (

    select customer_id
    from {{ ref('fct_identity_exceptions') }}
    where code in ('ambiguous', 'unmatched_customer')

),

accounts as (

    select count(*) as delivered_accounts
    from {{ ref('int_identity__account_records') }}
    where is_survivor

)

select
    customers.customer_id,
    customers.crm_account_id,
    count(listed.customer_id) as listings
from {{ ref('int_identity__customer_accounts') }} as customers
left join listed on customers.customer_id = listed.customer_id
cross join accounts
where
    customers.is_expected
    and accounts.delivered_accounts > 0
group by customers.customer_id, customers.crm_account_id
having count(listed.customer_id) <> case when customers.crm_account_id is null then 1 else 0 end
