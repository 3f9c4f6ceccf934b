{{ config(materialized='table') }}

-- Grain: one row per month, currency, pair of accounts and what moves from the one to the other.
-- A negative amount is the same the other way round.
-- DECISIONS.md#the-journal
with lines as (
    select
        invoice_id,
        line_id,
        revenue_kind
    from {{ ref('int_finance__lines') }}
),

moves as (
    select
        moves.month_index,
        moves.currency,
        moves.movement,
        lines.revenue_kind,
        moves.amount_native,
        moves.amount
    from {{ ref('int_finance__balance_moves') }} as moves
    inner join lines
        on
            moves.invoice_id = lines.invoice_id
            and moves.line_id = lines.line_id
),

entries as (
    select
        month_index,
        currency,
        case movement
            when 'billed' then 'receivable'
            when 'invoiced' then 'receivable'
            when 'accrued' then 'unbilled_revenue'
            when 'recognised' then 'deferred_revenue'
            when 'credited' then 'deferred_revenue'
            when 'voided' then 'deferred_revenue'
            when 'written_off' then 'deferred_revenue'
        end as debited_account,
        case movement
            when 'billed' then 'deferred_revenue'
            when 'invoiced' then 'unbilled_revenue'
            when 'accrued' then 'revenue_' || revenue_kind
            when 'recognised' then 'revenue_' || revenue_kind
            when 'credited' then 'receivable'
            when 'voided' then 'receivable'
            when 'written_off' then 'receivable'
        end as credited_account,
        -- A balance that falls is negative among the movements.
        case when movement in ('billed', 'accrued') then amount_native else -amount_native end
            as amount_native,
        case when movement in ('billed', 'accrued') then amount else -amount end as amount
    from moves

    union all

    select
        {{ month_index('recognition_month') }} as month_index,
        currency,
        case revenue_class
            when 'credit_note' then 'credit_notes'
            when 'refund' then 'refunds'
            when 'void' then 'voids'
            when 'bad_debt' then 'bad_debt'
            when 'dispute' then 'disputes'
        end as debited_account,
        'receivable' as credited_account,
        -amount_native as amount_native,
        -amount as amount
    from {{ ref('fct_revenue_recognition') }}
    where not {{ is_earning('revenue_class') }}

    union all

    select
        month_index,
        currency,
        'receivable' as debited_account,
        'tax_payable' as credited_account,
        amount_native,
        amount
    from {{ ref('int_finance__tax_moves') }}

    union all

    select
        month_index,
        currency,
        'cash' as debited_account,
        'receivable' as credited_account,
        amount_native,
        amount
    from {{ ref('int_finance__cash_moves') }}
)

select
    month_index,
    currency,
    debited_account,
    credited_account,
    {{ money_sum('case when amount_native > 0 then amount_native else 0 end') }} as debited_native,
    {{ money_sum('case when amount_native < 0 then -amount_native else 0 end') }}
        as returned_native,
    {{ money_sum('case when amount > 0 then amount else 0 end') }} as debited,
    {{ money_sum('case when amount < 0 then -amount else 0 end') }} as returned
from entries
where month_index <= {{ month_index(as_of_date()) }}
group by
    month_index,
    currency,
    debited_account,
    credited_account
