{{ config(materialized='kept', by='arrived', key='invoice_id') }}

with latest as (
    {{ latest_rows('invoices', ['invoice_id']) }}
)

select
    {{ source_key('invoice_id') }} as invoice_id,
    number,
    {{ source_key('customer_id') }} as customer_id,
    {{ source_key('subscription_id') }} as subscription_id,
    currency,
    status,
    reason,
    cast(issued_at as {{ type_instant() }}) as issued_at,
    cast(due_at as {{ type_instant() }}) as due_at,
    cast(finalized_at as {{ type_instant() }}) as finalized_at,
    cast(paid_at as {{ type_instant() }}) as paid_at,
    cast(voided_at as {{ type_instant() }}) as voided_at,
    cast(uncollectible_at as {{ type_instant() }}) as uncollectible_at,
    cast(subtotal as {{ type_money() }}) as subtotal,
    cast(discount_total as {{ type_money() }}) as discount_total,
    cast(tax_total as {{ type_money() }}) as tax_total,
    cast(total as {{ type_money() }}) as total,
    cast(amount_paid as {{ type_money() }}) as amount_paid,
    cast(amount_due as {{ type_money() }}) as amount_due,
    cast(credited_unpaid as {{ type_money() }}) as credited_unpaid,
    cast(credited_paid as {{ type_money() }}) as credited_paid,
    cast(credits_used as {{ type_money() }}) as credits_used,
    cast(starting_balance as {{ type_money() }}) as starting_balance,
    cast(ending_balance as {{ type_money() }}) as ending_balance,
    cast(attempt_count as integer) as attempt_count,
    cast(next_attempt_at as {{ type_instant() }}) as next_attempt_at,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at,
    _loaded_at as loaded_at
from latest
