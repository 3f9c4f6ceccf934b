-- Grain: one row per invoice whose first payment attempt failed.
with dunnings as (
    select * from {{ ref('int_payments__dunnings') }}
),

judged as (
    select
        *,
        -- A bank can take a direct debit back for eight weeks.
        coalesce(
            recovery_method = 'sepa_debit'
            and {{ add_days_to_instant('recovered_at', 56) }} > {{ as_of() }},
            false
        ) as is_provisional
    from dunnings
)

select
    invoice_id,
    customer_id,
    subscription_id,
    billed_month,
    coalesce(method, 'unknown') as method,
    coalesce(failure_code, 'unknown') as failure_code,
    attempts,
    failed_attempts,
    first_failed_at,
    recovered_at,
    case
        when recovered_at is not null then 'recovered'
        when is_exhausted or invoice_status in ('uncollectible', 'void') then 'lost'
        else 'open'
    end as state,
    is_provisional,
    cast(total as {{ type_money() }}) as amount,
    cast(total_native as {{ type_money() }}) as amount_native,
    currency,
    ---------- lineage of the invoice
    source_file,
    source_line
from judged
