-- Grain: one row per billed period and item, with what its invoices charged for it together: a
-- source may bill each tier apart, and a second invoice may add what the first one left out.
with periods as (
    select * from {{ ref('int_payments__billed_periods') }}
),

lines as (
    select * from {{ ref('int_payments__recurring_lines') }}
    where
        not is_part
        and amount_ex_tax >= 0
),

named_items as (
    select * from {{ ref('int_payments__named_items') }}
)

select
    periods.period_number,
    coalesce(named_items.item_id, '') as item_key,
    cast(sum(lines.amount_ex_tax) as {{ type_money() }}) as net_amount,
    cast(sum(lines.discount_amount) as {{ type_money() }}) as discount_amount
from periods
inner join lines
    on
        periods.subscription_id = lines.subscription_id
        and periods.currency = lines.currency
        and periods.interval_unit = lines.interval_unit
        and periods.interval_count = lines.interval_count
        and periods.service_start_at = lines.service_start_at
        and periods.service_end_at = lines.service_end_at
left join named_items
    on
        lines.subscription_id = named_items.subscription_id
        and lines.item_id = named_items.item_id
group by
    periods.period_number,
    coalesce(named_items.item_id, '')
