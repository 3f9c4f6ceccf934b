{{ config(materialized='kept', by='arrived', key='customer_id') }}

with latest as (
    {{ latest_rows('customers', ['customer_id']) }}
)

select
    {{ source_key('customer_id') }} as customer_id,
    name,
    email,
    domain,
    legal_id,
    vat_id,
    country,
    currency,
    cast(created_at as {{ type_instant() }}) as created_at,
    crm_account_id,
    {{ source_key('parent_customer_id') }} as parent_customer_id,
    reseller_id,
    sales_model,
    {{ channel_name('acquisition_channel') }} as acquisition_channel,
    acquisition_campaign,
    segment,
    cast(is_test as boolean) as is_test,
    cast(is_internal as boolean) as is_internal,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at,
    _loaded_at as loaded_at
from latest
