{{ config(materialized='kept', by='record') }}

-- Grain: one row per record of a billing customer.
-- It comes with the customer that carries it after merges.
with customers as (

    select * from {{ ref('stg_customers') }}
    where {{ is_affected_record('customer_id') }}

),

merged_customers as (

    select * from {{ ref('int_terms__customer_merges') }}

),

billed_customers as (

    select * from {{ ref('int_customers__customers') }}
    where {{ is_affected_record('customer_id') }}

),

delivered as (

    select
        customers.customer_id as record_id,
        coalesce(merged_customers.survivor_customer_id, customers.customer_id) as customer_id,
        customers.name,
        customers.email,
        customers.domain,
        customers.legal_id,
        customers.vat_id,
        upper(trim(customers.country)) as country,
        customers.crm_account_id as account_reference,
        customers.reseller_id,
        -- Tests and our own accounts have no account in the CRM, and nobody misses it.
        not coalesce(customers.is_test, false)
        and not coalesce(customers.is_internal, false) as is_expected,
        customers.source_name,
        customers.source_file,
        customers.source_line
    from customers
    left join merged_customers on customers.customer_id = merged_customers.merged_customer_id

),

known_by_bills_only as (

    select
        billed_customers.customer_id,
        billed_customers.source_name
    from billed_customers
    left join customers on billed_customers.customer_id = customers.customer_id
    where customers.customer_id is null

),

records as (

    select * from delivered

    union all

    select
        customer_id as record_id,
        customer_id,
        cast(null as {{ dbt.type_string() }}) as name,
        cast(null as {{ dbt.type_string() }}) as email,
        cast(null as {{ dbt.type_string() }}) as domain,
        cast(null as {{ dbt.type_string() }}) as legal_id,
        cast(null as {{ dbt.type_string() }}) as vat_id,
        cast(null as {{ dbt.type_string() }}) as country,
        cast(null as {{ dbt.type_string() }}) as account_reference,
        cast(null as {{ dbt.type_string() }}) as reseller_id,
        true as is_expected,
        source_name,
        cast(null as {{ dbt.type_string() }}) as source_file,
        cast(null as {{ dbt.type_bigint() }}) as source_line
    from known_by_bills_only

)

select
    records.*,
    {{ native_id('records.record_id', 'records.source_name') }} as native_id
from records
