-- Grain: one row per ledger row and invoice, invoice line or reported change at the line that it
-- names: whether the line shows what the ledger says, and whether it dates it.
with ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

payments as (
    select * from {{ source('raw', 'invoices') }}
    where
        status = 'paid'
        and not _is_deleted
),

changes as (
    select * from {{ source('raw', 'subscription_changes') }}
),

invoice_lines as (
    select * from {{ source('raw', 'invoice_lines') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
),

happenings as (
    select
        ledger.ledger_id,
        ledger.effective_at,
        cast(lines.paid_at as {{ type_instant() }}) as happened_at
    from ledger
    inner join payments as lines
        on
            {{ is_line_of_ledger() }}
            and ledger.subscription_id = {{ source_key('lines.subscription_id', 'lines._source') }}
    where {{ mrr_starts_with_payment() }}

    union all

    select
        ledger.ledger_id,
        ledger.effective_at,
        cast(lines.occurred_at as {{ type_instant() }}) as happened_at
    from ledger
    inner join changes as lines
        on
            {{ is_line_of_ledger() }}
            and ledger.subscription_id = {{ source_key('lines.subscription_id', 'lines._source') }}
            and ledger.item_id = {{ source_key(
                'coalesce(lines.item_id, lines.subscription_id)', 'lines._source'
            ) }}
),

-- Where a line names no subscription its invoice does, or its customer; where it names no item it
-- is of the one that is named after its price, or of all the subscription.
of_invoice_lines as (
    select
        ledger.ledger_id,
        ledger.effective_at,
        ledger.standing,
        cast(lines.amount_ex_tax as {{ type_money() }}) as amount,
        coalesce(cast(lines.service_start_at as {{ type_instant() }}), invoices.issued_at)
            as service_start_at,
        cast(lines.service_end_at as {{ type_instant() }}) as service_end_at
    from ledger
    inner join invoice_lines as lines on {{ is_line_of_ledger() }}
    left join invoices
        on {{ source_key('lines.invoice_id', 'lines._source') }} = invoices.invoice_id
    where
        ledger.subscription_id = coalesce(
            {{ source_key('lines.subscription_id', 'lines._source') }},
            invoices.subscription_id,
            invoices.customer_id
        )
        and (
            ledger.item_id = {{ source_key('lines.item_id', 'lines._source') }}
            or (
                lines.item_id is null
                and (
                    ledger.item_id = ledger.subscription_id
                    or ledger.item_id = {{ source_key('lines.price_id', 'lines._source') }}
                )
            )
        )
)

select
    ledger_id,
    {{ dates_the_row('happened_at') }} as is_shown,
    {{ dates_the_row('happened_at') }} as is_dated
from happenings

union all

-- An end may be written as the last second or the last day of a period.
select
    ledger_id,
    case
        when standing = 'ended'
            then service_end_at <= effective_at or amount < 0
        else service_start_at <= effective_at
    end as is_shown,
    {{ dates_the_row('service_start_at') }}
    or {{ dates_the_row('service_end_at') }}
    or {{ dates_the_row(add_days_to_instant('service_end_at', 1)) }} as is_dated
from of_invoice_lines
