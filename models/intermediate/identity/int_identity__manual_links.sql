-- Grain: one row per link that a person made, with the records it names.
with links as (

    select * from {{ ref('stg_identity_links') }}
    where valid_from <= {{ as_of() }}

),

-- What says that two customers are one names no account.
links_of_customers as (

    select * from {{ ref('int_terms__customer_links') }}
    where same_customer_id is not null

),

customer_references as (

    select * from {{ ref('int_identity__customer_references') }}

),

account_references as (

    select * from {{ ref('int_identity__account_references') }}

)

select
    links.customer_reference,
    links.account_reference,
    links.valid_from,
    customer_references.customer_id,
    account_references.crm_account_id,
    customer_references.named_customers,
    account_references.named_accounts,
    -- A later link replaces an earlier one of the same customer.
    rank() over (
        partition by coalesce(customer_references.customer_id, links.customer_reference)
        order by links.valid_from desc
    ) = 1 as is_in_force,
    links.source_name,
    links.source_file,
    links.source_line
from links
left join customer_references on links.customer_reference = customer_references.reference
left join account_references on links.account_reference = account_references.reference
left join links_of_customers
    on
        links.customer_reference = links_of_customers.customer_reference
        and links.account_reference = links_of_customers.account_reference
where links_of_customers.customer_reference is null
