-- Grain: one row per invoice line, with the kind that its price makes it: what a metered price
-- earns is usage, also where the source names the price by its id only.
-- DECISIONS.md#a-line-of-a-metered-price
with lines as (
    select * from {{ ref('stg_invoice_lines') }}
),

prices as (
    select * from {{ ref('stg_prices') }}
)

select
    lines.invoice_id,
    lines.line_id,
    lines.subscription_id,
    lines.item_id,
    lines.price_id,
    case
        when lines.kind = 'recurring' and prices.usage_type = 'metered' then 'usage'
        else lines.kind
    end as kind,
    coalesce(prices.is_addon, false) as is_addon,
    lines.is_proration,
    lines.quantity,
    lines.unit_amount,
    lines.amount_ex_tax,
    coalesce(lines.discount_amount, 0) as discount_amount,
    lines.currency,
    lines.service_start_at,
    lines.service_end_at,
    lines.source_name,
    lines.source_file,
    lines.source_line,
    lines.recorded_at
from lines
left join prices on lines.price_id = prices.price_id
