{{ config(materialized='table') }}

-- Grain: one row per link that a person made from a customer and that has come: to another customer
-- that is the same, or to an account in the CRM. A customer's latest link of each kind holds.
-- DECISIONS.md#one-customer-in-two-billing-systems
with links as (
    select * from {{ ref('stg_identity_links') }}
    where valid_from <= {{ as_of() }}
),

customers as (
    select * from {{ ref('int_terms__customer_names') }}
    where customer_id is not null
),

accounts as (
    select * from {{ ref('int_terms__account_names') }}
),

resolved as (
    select
        links.customer_reference,
        links.account_reference,
        links.valid_from,
        customers.customer_id,
        customers.source_name,
        -- What names an account is an account, whatever customer has the same id.
        case when accounts.crm_account_id is null then others.customer_id end as same_customer_id,
        coalesce(accounts.crm_account_id, links.account_reference) as account_name
    from links
    inner join customers on links.customer_reference = customers.reference
    left join accounts on links.account_reference = accounts.reference
    left join customers as others on links.account_reference = others.reference
)

select
    customer_reference,
    account_reference,
    valid_from,
    customer_id,
    source_name,
    same_customer_id,
    case when same_customer_id is null then account_name end as account_name,
    rank() over (
        partition by customer_id, case when same_customer_id is null then 0 else 1 end
        order by valid_from desc
    ) = 1 as is_in_force
from resolved
