-- Grain: one row per invoice, item and service period, charges and credits apart, with what a whole
-- billing period costs at its rate. Lines of one period add up: a source may bill each tier apart.
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

summed as (
    select
        subscription_id,
        item_id,
        customer_id,
        invoice_id,
        currency,
        service_start_at,
        service_end_at,
        is_proration,
        amount_ex_tax < 0 as is_credit,
        max(price_id) as price_id,
        -- The credit of something free is a line of 0, and no more units.
        cast(
            sum(case when amount_ex_tax + discount_amount <> 0 then quantity end)
            as {{ type_quantity() }}
        ) as quantity,
        max(unit_amount) as unit_amount,
        cast(sum(amount_ex_tax) as {{ type_money() }}) as net_amount,
        cast(sum(discount_amount) as {{ type_money() }}) as discount_amount,
        greatest(
            {{ days_between(local_date('service_start_at'), local_date('service_end_at')) }}, 1
        ) as service_days,
        min(source_name) as source_name,
        min(source_file) as source_file,
        min(source_line) as source_line,
        max(recorded_at) as recorded_at
    from lines
    group by
        subscription_id,
        item_id,
        customer_id,
        invoice_id,
        currency,
        service_start_at,
        service_end_at,
        is_proration,
        amount_ex_tax < 0
),

-- Where the discounts are delivered they are applied to the list amount like everywhere else; where
-- they are not, the amount the line nets to is all there is.
billed as (
    select
        summed.*,
        case
            when discounted_sources.source_name is null then summed.net_amount
            else summed.net_amount + summed.discount_amount
        end as amount,
        discounted_sources.source_name is not null or summed.discount_amount = 0 as is_undiscounted,
        coalesce(summed.unit_amount, prices.unit_amount) as listed_unit_amount,
        coalesce(prices.billing_scheme, 'per_unit') as listed_scheme,
        prices.tiers,
        prices.product_id,
        prices.plan_name,
        coalesce(prices.interval_unit, {{ period_unit('summed.service_days') }}) as interval_unit,
        cast(coalesce(prices.interval_count, {{ period_count('summed.service_days') }}) as integer)
            as interval_count
    from summed
    left join prices on summed.price_id = prices.price_id
    left join discounted_sources on summed.source_name = discounted_sources.source_name
),

-- Not every source marks a part of a period as one; a day more, for ends written as the last day.
parted as (
    select
        billed.*,
        is_proration
        or {{ add_days_to_instant('service_end_at', 1) }}
        < {{ add_shortest_period('service_start_at', 'interval_unit', 'interval_count') }}
            as is_part
    from billed
),

measured as (
    select
        parted.*,
        {{ whole_period_amount('amount') }} as period_amount,
        {{ whole_period_amount('net_amount') }} as net_period_amount
    from parted
)

-- A line is rounded to its currency, its price is not: where they agree, the price says what holds.
select
    measured.*,
    listed_scheme = 'per_unit'
    and listed_unit_amount is not null
    and quantity is not null
    and (
        (is_part and is_undiscounted)
        or (not is_part and abs(quantity * listed_unit_amount - amount) < 0.01)
    ) as is_at_list_price,
    listed_scheme in ('tiered', 'volume')
    and tiers is not null
    and quantity is not null
    and is_part
    and is_undiscounted as is_at_tier_price
from measured
