-- Grain: one row per kind of key and value that can name a customer.
with customers as (
    select * from {{ ref('stg_customers') }}
),

customer_accounts as (
    select * from {{ ref('int_identity__customer_accounts') }}
),

account_references as (
    select * from {{ ref('int_identity__account_references') }}
),

contacts as (
    select * from {{ ref('stg_crm_contacts') }}
),

customer_merges as (
    select * from {{ ref('int_mrr__customer_merges') }}
),

surviving_customers as (
    select
        coalesce(customer_merges.survivor_customer_id, customers.customer_id) as customer_id,
        customers.customer_id as own_id,
        {{ native_id('customers.customer_id', 'customers.source_name') }} as native_id,
        lower(trim(customers.email)) as email
    from customers
    left join customer_merges
        on customers.customer_id = customer_merges.merged_customer_id
),

keys as (
    select
        'customer_id' as key_kind,
        own_id as key_value,
        customer_id
    from surviving_customers
    union all
    select
        'native_id' as key_kind,
        native_id as key_value,
        customer_id
    from surviving_customers
    union all
    select
        'email' as key_kind,
        email as key_value,
        customer_id
    from surviving_customers
    where email like '%@%'
    union all
    -- A contact speaks for the customer of its account.
    select
        'contact_email' as key_kind,
        lower(trim(contacts.email)) as key_value,
        customer_accounts.customer_id
    from contacts
    inner join account_references
        on contacts.crm_account_id = account_references.reference
    inner join customer_accounts
        on account_references.crm_account_id = customer_accounts.crm_account_id
    where contacts.email like '%@%'
)

-- Two customers with one address, or one id in two sources: nobody can say which is meant.
select
    key_kind,
    key_value,
    case when count(distinct customer_id) = 1 then min(customer_id) end as customer_id
from keys
group by
    key_kind,
    key_value
