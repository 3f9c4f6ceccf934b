-- Grain: one row per item reading whose price may not be computed and interval in which its full
-- periods were invoiced alike, before discounts and after them. Several lines of one period
-- (tiers are billed apart) are added up, and the last to be delivered tells the sum. The invoice
-- while the terms held counts, else the last one before them, else the first one after them.
-- DECISIONS.md#items-priced-by-invoices
with readings as (
    select
        subscription_id,
        item_id,
        start_at,
        end_at
    from {{ ref('int_terms__item_readings') }}
    where
        unread_terms is not null
        or unit_amount is null
        or billing_scheme in ('tiered', 'volume')
),

lines as (
    select * from {{ ref('int_terms__invoice_lines') }}
),

invoices as (
    select * from {{ ref('stg_invoices') }}
    where {{ is_affected_customer() }}
),

billed as (
    select
        lines.subscription_id,
        -- Some sources name an item after its price, and lines by their price only.
        coalesce(lines.item_id, lines.price_id) as item_id,
        coalesce(lines.service_start_at, invoices.issued_at) as begins_at,
        lines.invoice_id,
        invoices.issued_at,
        lines.amount_ex_tax,
        lines.discount_amount,
        lines.source_file,
        lines.source_line,
        lines.recorded_at
    from lines
    inner join invoices on lines.invoice_id = invoices.invoice_id
    where
        lines.kind = 'recurring'
        and not lines.is_proration
        and invoices.status in ('open', 'paid', 'uncollectible')
),

placed as (
    select
        *,
        {{ rank_as_teller('subscription_id, item_id, begins_at, invoice_id') }} as rank
    from billed
),

periods as (
    select
        subscription_id,
        item_id,
        begins_at,
        invoice_id,
        issued_at,
        sum(amount_ex_tax + discount_amount) as list_amount,
        sum(amount_ex_tax) as net_amount,
        {{ lineage_of_teller() }}
    from placed
    group by
        subscription_id,
        item_id,
        begins_at,
        invoice_id,
        issued_at
),

ranked as (
    select
        periods.*,
        row_number() over (
            partition by subscription_id, item_id, begins_at
            order by issued_at desc, invoice_id desc
        ) as recency
    from periods
),

matched as (
    select
        readings.subscription_id,
        readings.item_id,
        readings.start_at as reading_start_at,
        ranked.begins_at,
        ranked.list_amount,
        ranked.net_amount,
        ranked.source_file,
        ranked.source_line,
        ranked.recorded_at,
        case
            when ranked.begins_at < readings.start_at then 2
            when readings.end_at is null or ranked.begins_at < readings.end_at then 1
            else 3
        end as position
    from readings
    inner join ranked
        on
            readings.subscription_id = ranked.subscription_id
            and readings.item_id = ranked.item_id
            and ranked.recency = 1
),

ordered as (
    select
        matched.*,
        row_number() over (
            partition by subscription_id, item_id, reading_start_at
            order by
                position asc,
                case when position = 2 then begins_at end desc,
                begins_at asc
        ) as rank
    from matched
),

chosen as (
    select
        ordered.*,
        case when rank > 1 then begins_at end as start_at
    from ordered
    where
        position = 1
        or rank = 1
)

select
    subscription_id,
    item_id,
    reading_start_at,
    start_at,
    lead(start_at) over (
        partition by subscription_id, item_id, reading_start_at order by rank
    ) as end_at,
    cast(list_amount as {{ type_exact() }}) as list_amount,
    cast(net_amount as {{ type_exact() }}) as net_amount,
    source_file,
    source_line,
    recorded_at
from chosen
