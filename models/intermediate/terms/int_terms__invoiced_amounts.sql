-- Grain: one row per invoice, item and service period, charges and credits apart, with what a whole
-- billing period costs at its rate. Lines of one period add up: a source may bill each tier apart.
-- A change that another one of the same instant took back at once is invoiced as a charge and an
-- equal credit, on one invoice or two: neither says what holds. The last line to be delivered tells
-- the period.
{%- set alike -%}
    subscription_id,
    item_id,
    customer_id,
    currency,
    service_start_at,
    service_end_at,
    is_proration,
    price_id,
    quantity,
    size_of_amount
{%- endset %}
{%- set period -%}
    subscription_id,
    item_id,
    customer_id,
    invoice_id,
    currency,
    service_start_at,
    service_end_at,
    is_proration,
    is_credit
{%- endset %}
with lines as (
    select
        lines.*,
        amount_ex_tax < 0 as is_credit,
        abs(amount_ex_tax) as size_of_amount
    from {{ ref('int_terms__billed_lines') }} as lines
),

matched as (
    select
        lines.*,
        row_number() over (
            partition by {{ alike }}, is_credit
            order by source_file, source_line
        ) as occurrence,
        sum(case when is_credit then -1 else 1 end) over (partition by {{ alike }})
            as charges_left
    from lines
),

unmatched as (
    select
        *,
        {{ rank_as_teller(period) }} as rank
    from matched
    where
        not is_proration
        or occurrence <= case when is_credit then -charges_left else charges_left end
),

prices as (
    select * from {{ ref('stg_prices') }}
),

price_versions as (
    select * from {{ ref('int_terms__price_versions') }}
),

discounted_sources as (
    select distinct source_name
    from {{ ref('stg_discounts') }}
),

summed as (
    select
        {{ period }},
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
        {{ lineage_of_teller() }}
    from unmatched
    group by {{ period }}
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
        coalesce(summed.unit_amount, price_versions.unit_amount) as listed_unit_amount,
        coalesce(price_versions.billing_scheme, prices.billing_scheme, 'per_unit')
            as listed_scheme,
        price_versions.tiers,
        prices.product_id,
        prices.plan_name,
        coalesce(prices.interval_unit, {{ period_unit('summed.service_days') }}) as interval_unit,
        cast(coalesce(prices.interval_count, {{ period_count('summed.service_days') }}) as integer)
            as interval_count
    from summed
    left join prices on summed.price_id = prices.price_id
    -- What the list said when the period began.
    left join price_versions
        on
            summed.price_id = price_versions.price_id
            and summed.currency = price_versions.currency
            and (
                price_versions.start_at is null
                or summed.service_start_at >= price_versions.start_at
            )
            and (price_versions.end_at is null or summed.service_start_at < price_versions.end_at)
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
