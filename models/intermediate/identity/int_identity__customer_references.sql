{{ config(materialized='kept', by='reference') }}

-- Grain: one row per text that can name a billing customer.
-- Such a text is the customer's id, with and without the name of its source.
with records as (

    select
        record_id,
        native_id,
        customer_id
    from {{ ref('int_identity__customer_records') }}

),

texts as (

    select
        record_id as reference,
        customer_id
    from records
    where {{ is_affected_reference('record_id') }}

    union distinct

    select
        native_id as reference,
        customer_id
    from records
    where {{ is_affected_reference('native_id') }}

)

select
    reference,
    -- An id that two sources use names nobody.
    case when count(*) = 1 then min(customer_id) end as customer_id,
    count(*) as named_customers
from texts
group by reference
