-- Grain: one row per record and column that names a customer or an account.
-- The named one can't be found, or not told from another.
with account_records as (

    select * from {{ ref('int_identity__account_records') }}

),

customer_records as (

    select * from {{ ref('int_identity__customer_records') }}

),

customer_references as (

    select * from {{ ref('int_identity__customer_references') }}

),

account_references as (

    select * from {{ ref('int_identity__account_references') }}

),

manual_links as (

    select * from {{ ref('int_identity__manual_links') }}
    where is_in_force

),

named as (

    select
        cast(null as {{ dbt.type_string() }}) as customer_id,
        account_records.record_id as crm_account_id,
        'crm_billing_id' as rule,
        'billing_customer_id' as column_name,
        'customer' as named_side,
        customer_references.named_customers as named_records,
        account_records.source_name,
        account_records.source_file,
        account_records.source_line
    from account_records
    left join customer_references
        on trim(account_records.billing_customer_id) = customer_references.reference
    where trim(account_records.billing_customer_id) <> ''

    union all

    select
        customer_records.record_id as customer_id,
        cast(null as {{ dbt.type_string() }}) as crm_account_id,
        'billing_crm_id' as rule,
        'crm_account_id' as column_name,
        'account' as named_side,
        account_references.named_accounts as named_records,
        customer_records.source_name,
        customer_records.source_file,
        customer_records.source_line
    from customer_records
    left join account_references
        on trim(customer_records.account_reference) = account_references.reference
    where trim(customer_records.account_reference) <> ''

    union all

    select
        manual_links.customer_reference as customer_id,
        manual_links.account_reference as crm_account_id,
        'manual_link' as rule,
        'customer_id' as column_name,
        'customer' as named_side,
        manual_links.named_customers as named_records,
        manual_links.source_name,
        manual_links.source_file,
        manual_links.source_line
    from manual_links

    union all

    select
        manual_links.customer_reference as customer_id,
        manual_links.account_reference as crm_account_id,
        'manual_link' as rule,
        'crm_account_id' as column_name,
        'account' as named_side,
        manual_links.named_accounts as named_records,
        manual_links.source_name,
        manual_links.source_file,
        manual_links.source_line
    from manual_links

)

select
    case
        when named_records > 1 then 'ambiguous_reference'
        when named_side = 'customer' then 'unknown_customer_reference'
        when named_side = 'account' then 'unknown_account_reference'
    end as code,
    customer_id,
    crm_account_id,
    rule,
    cast(null as {{ dbt.type_string() }}) as candidates,
    column_name,
    source_name,
    source_file,
    source_line
from named
where coalesce(named_records, 0) <> 1
