-- Grain: one row per item and service period that an invoice paid for, as terms of that period.
-- A proration is a pair: the credit takes back what was left of the old terms, the charge begins
-- the new ones; a credit alone ends the item. A renewal that is missing leaves a gap, and the item
-- ends.
with lines as (
    select * from {{ ref('int_mrr__recurring_lines') }}
),

prices as (
    select * from {{ ref('stg_prices') }}
),

discounted_sources as (
    select distinct source_name
    from {{ ref('stg_discounts') }}
),

-- Where the discounts are delivered they are applied to the list amount like everywhere else; where
-- they are not, the amount the line nets to is all there is.
billed as (
    select
        lines.*,
        case
            when discounted_sources.source_name is null then lines.amount_ex_tax else
                lines.list_amount
        end
            as amount,
        coalesce(lines.unit_amount, prices.unit_amount) as listed_unit_amount,
        coalesce(prices.billing_scheme, 'per_unit') as listed_scheme,
        prices.product_id,
        prices.plan_name,
        coalesce(prices.interval_unit, {{ period_unit('lines.service_days') }}) as interval_unit,
        cast(coalesce(prices.interval_count, {{ period_count('lines.service_days') }}) as integer)
            as interval_count
    from lines
    left join prices on lines.price_id = prices.price_id
    left join discounted_sources on lines.source_name = discounted_sources.source_name
),

-- A line is rounded to its currency, its price is not: where they agree, the price says what holds.
compared as (
    select
        billed.*,
        listed_unit_amount is not null
        and listed_scheme = 'per_unit'
        and quantity is not null
        and (is_proration or abs(quantity * listed_unit_amount - amount) < 0.01) as is_at_list_price
    from billed
),

-- Of the lines that begin together, the last invoice's charge says what holds.
ranked as (
    select
        compared.*,
        row_number() over (
            partition by compared.subscription_id, compared.item_id, compared.service_start_at
            order by
                case when compared.amount_ex_tax < 0 then 1 else 0 end,
                case when compared.is_proration then 1 else 0 end,
                compared.recorded_at desc,
                compared.invoice_id desc,
                compared.line_id desc
        ) as place
    from compared
)

select
    subscription_id,
    item_id,
    service_start_at,
    service_end_at,
    customer_id,
    case when amount_ex_tax < 0 then 'ended' else 'active' end as status,
    price_id,
    product_id,
    plan_name,
    currency,
    case
        when is_at_list_price then listed_unit_amount
        when is_proration then {{ full_period_amount(
            'amount', 'service_start_at', 'service_end_at', 'interval_unit', 'interval_count'
        ) }}
        else cast(amount as {{ type_price() }})
    end as unit_amount,
    case when is_at_list_price then quantity else cast(1 as {{ type_quantity() }}) end as quantity,
    case when is_at_list_price then 'per_unit' else 'flat' end as billing_scheme,
    interval_unit,
    interval_count,
    source_name,
    source_file,
    source_line,
    recorded_at
from ranked
where place = 1
