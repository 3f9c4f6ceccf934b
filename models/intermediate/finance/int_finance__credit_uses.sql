-- Grain: one row per transaction that ends bought credits without an invoice, and invoice line that
-- sold them: by expiry, or by a draw-down that no invoice tells of. Credits are used in the order
-- in which they were bought.
-- DECISIONS.md#what-expires-of-prepaid-credits
with invoices as (
    select * from {{ ref('int_finance__booked_invoices') }}
    where status <> 'void'
),

purchases as (
    select
        lines.invoice_id,
        lines.line_id,
        lines.customer_id,
        lines.currency,
        lines.amount_native,
        sum(lines.amount_native) over (
            partition by lines.customer_id, lines.currency
            order by lines.booked_at, lines.invoice_id, lines.line_id
            rows between unbounded preceding and current row
        ) as bought_so_far
    from {{ ref('int_finance__lines') }} as lines
    inner join invoices on lines.invoice_id = invoices.invoice_id
    where
        lines.kind = 'credit_purchase'
        and not lines.is_draw_down
),

uses as (
    select
        moves.*,
        -sum(change) over (
            partition by customer_id, currency
            order by occurred_at, transaction_id
            rows between unbounded preceding and current row
        ) as used_so_far
    from {{ ref('int_finance__credit_moves') }} as moves
    where
        credit_kind = 'paid'
        and kind <> 'grant'
)

select
    purchases.invoice_id,
    purchases.line_id,
    uses.transaction_id,
    case uses.kind when 'expiry' then 'breakage' when 'draw_down' then 'drawn_down' end
        as event_kind,
    uses.occurred_at,
    cast(
        least(purchases.bought_so_far, uses.used_so_far)
        - greatest(
            purchases.bought_so_far - purchases.amount_native, uses.used_so_far + uses.change
        ) as {{ type_money() }}
    ) as amount
from uses
inner join purchases
    on
        uses.customer_id = purchases.customer_id
        and uses.currency = purchases.currency
        and uses.used_so_far > purchases.bought_so_far - purchases.amount_native
        and purchases.bought_so_far > uses.used_so_far + uses.change
where
    uses.kind = 'expiry'
    or (uses.kind = 'draw_down' and uses.invoice_id is null)
