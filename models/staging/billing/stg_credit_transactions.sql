with latest as (
    {{ latest_rows('credit_transactions', ['transaction_id']) }}
)

select
    {{ source_key('transaction_id') }} as transaction_id,
    {{ source_key('customer_id') }} as customer_id,
    {{ source_key('balance_id') }} as balance_id,
    {{ source_key('wallet_id') }} as wallet_id,
    credit_kind,
    kind,
    cast(amount as {{ type_money() }}) as amount,
    currency,
    cast(occurred_at as {{ type_instant() }}) as occurred_at,
    cast(expires_at as {{ type_instant() }}) as expires_at,
    {{ source_key('invoice_id') }} as invoice_id,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
