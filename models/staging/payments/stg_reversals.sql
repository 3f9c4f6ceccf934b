with latest as (
    {{ latest_rows('reversals', ['reversal_id']) }}
)

select
    {{ source_key('reversal_id') }} as reversal_id,
    {{ source_key('payment_id') }} as payment_id,
    kind,
    status,
    cast(amount as {{ type_money() }}) as amount,
    currency,
    cast(occurred_at as {{ type_instant() }}) as occurred_at,
    coalesce(cast(is_cash_only as boolean), false) as is_cash_only,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
