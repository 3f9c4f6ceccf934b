-- Grain: one row per customer that breaks the rule: where there is a CRM it is neither linked,
-- ambiguous nor unmatched, or it is linked and listed, or listed twice.
with customers as (
    select * from {{ ref('int_identity__customer_accounts') }}
    where is_expected
),

links as (
    select
        customer_id,
        count(*) as links
    from {{ ref('fct_identity_links') }}
    group by customer_id
),

listings as (
    select
        customer_id,
        count(*) as listings
    from {{ ref('fct_identity_exceptions') }}
    where code in ('ambiguous', 'unmatched_customer')
    group by customer_id
),

accounts as (
    select count(*) as delivered_accounts
    from {{ ref('int_identity__account_records') }}
    where is_survivor
),

counted as (
    select
        customers.customer_id,
        customers.crm_account_id,
        coalesce(links.links, 0) as links,
        coalesce(listings.listings, 0) as listings
    from customers
    left join links on customers.customer_id = links.customer_id
    left join listings on customers.customer_id = listings.customer_id
    cross join accounts
    where accounts.delivered_accounts > 0
)

select
    customer_id || ', of the account ' || {{ told('crm_account_id') }} || ', has '
    || cast(links as {{ dbt.type_string() }})
    || ' links and is listed as ambiguous or unmatched '
    || cast(listings as {{ dbt.type_string() }})
    || ' times' as message,
    customer_id,
    crm_account_id
from counted
where
    links <> case when crm_account_id is null then 0 else 1 end
    or listings <> case when crm_account_id is null then 1 else 0 end
