{{ config(materialized='table') }}

-- Grain: one row per invoice line, month and kind of movement of what is billed and not yet
-- recognised (deferred), or recognised and not yet billed (unbilled). What raises a balance is
-- positive. A line that earned before its invoice is unbilled until then, and never netted.
with lines as (
    select
        *,
        {{ convert_money('amount_native', 'exchange_rate', 'rate_as_double') }} as amount
    from {{ ref('int_finance__lines') }}
),

revenue as (
    select
        *,
        {{ month_index('recognition_month') }} as month_index,
        recognition_month < booking_month as is_before_invoice
    from {{ ref('fct_revenue_recognition') }}
),

taken as (
    select
        taken_amounts.invoice_id,
        taken_amounts.line_id,
        taken_amounts.month_index,
        taken_amounts.event_kind,
        -taken_amounts.taken_deferred as amount_native,
        -- Revenue of these classes is below 0 already. Where nothing was deferred, both roundings
        -- can still differ in the last digit, and a balance would keep that for ever.
        -taken_amounts.amount - coalesce(revenue.amount, 0) as amount
    from {{ ref('int_finance__taken_amounts') }} as taken_amounts
    left join revenue
        on
            taken_amounts.invoice_id = revenue.invoice_id
            and taken_amounts.line_id = revenue.line_id
            and taken_amounts.month_index = revenue.month_index
            and taken_amounts.event_kind = revenue.revenue_class
),

earned_before as (
    select
        invoice_id,
        line_id,
        {{ money_sum('amount_native') }} as amount_native,
        {{ money_sum('amount') }} as amount
    from revenue
    where is_before_invoice
    group by
        invoice_id,
        line_id
),

moves as (
    select
        lines.invoice_id,
        lines.line_id,
        lines.booking_month_index as month_index,
        'billed' as movement,
        lines.amount_native - coalesce(earned_before.amount_native, 0) as amount_native,
        lines.amount - coalesce(earned_before.amount, 0) as amount
    from lines
    left join earned_before
        on
            lines.invoice_id = earned_before.invoice_id
            and lines.line_id = earned_before.line_id

    union all

    select
        earned_before.invoice_id,
        earned_before.line_id,
        lines.booking_month_index as month_index,
        'invoiced' as movement,
        -earned_before.amount_native as amount_native,
        -earned_before.amount as amount
    from earned_before
    inner join lines
        on
            earned_before.invoice_id = lines.invoice_id
            and earned_before.line_id = lines.line_id

    union all

    select
        invoice_id,
        line_id,
        month_index,
        'accrued' as movement,
        amount_native,
        amount
    from revenue
    where is_before_invoice

    union all

    select
        invoice_id,
        line_id,
        month_index,
        'recognised' as movement,
        -amount_native as amount_native,
        -amount as amount
    from revenue
    where
        {{ is_earning('revenue_class') }}
        and not is_before_invoice

    union all

    select
        invoice_id,
        line_id,
        month_index,
        case event_kind
            when 'void' then 'voided'
            when 'bad_debt' then 'written_off'
            when 'credit_note' then 'credited'
            when 'refund' then 'credited'
            when 'dispute' then 'credited'
        end as movement,
        amount_native,
        amount
    from taken
)

select
    moves.invoice_id,
    moves.line_id,
    lines.customer_id,
    lines.currency,
    lines.booking_month_index,
    moves.month_index,
    moves.movement,
    cast(moves.amount_native as {{ type_money() }}) as amount_native,
    cast(moves.amount as {{ type_money() }}) as amount
from moves
inner join lines
    on
        moves.invoice_id = lines.invoice_id
        and moves.line_id = lines.line_id
