{{ config(materialized='kept', by='arrived', key='payment_id') }}

with latest as (
    {{ latest_rows('payments', ['payment_id']) }}
)

select
    {{ source_key('payment_id') }} as payment_id,
    {{ source_key('customer_id') }} as customer_id,
    cast(amount as {{ type_money() }}) as amount,
    currency,
    outcome,
    cast(attempted_at as {{ type_instant() }}) as attempted_at,
    cast(settled_at as {{ type_instant() }}) as settled_at,
    method,
    failure_code,
    cast(attempt_number as bigint) as attempt_number,
    cast(will_retry as boolean) as will_retry,
    cast(fee as {{ type_money() }}) as fee,
    {{ source_key('payment_intent_id') }} as payment_intent_id,
    {{ month_start('cast(card_expires_on as date)') }} as card_expires_month,
    {{ source_key('payment_method_id') }} as payment_method_id,
    cast(refunded_amount as {{ type_money() }}) as refunded_amount,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
