-- Grain: one row per service period of an item of a contract and month in which an invoice bills
-- it: what of its terms the month bills. What several invoices bill together counts once: the first
-- take as much as they bill, and the last what is then left.
with lines as (
    select
        customer_id,
        contract_id,
        item_key,
        currency,
        interval_unit,
        interval_count,
        service_start_at,
        service_end_at,
        booking_month_index,
        {{ money_sum('net_amount') }} as net_amount
    from {{ ref('int_bridge__service_lines') }}
    where
        not is_part
        and exchange_rate is not null
    group by
        customer_id,
        contract_id,
        item_key,
        currency,
        interval_unit,
        interval_count,
        service_start_at,
        service_end_at,
        booking_month_index
),

services as (
    select * from {{ ref('int_bridge__services') }}
),

followed as (
    select
        lines.*,
        sum(net_amount) over of_service as amount_so_far,
        lead(booking_month_index) over of_service is null as is_last
    from lines
    -- No two rows of a service have one month and customer, so the sum is up to the row itself.
    window of_service as (
        partition by
            contract_id,
            item_key,
            currency,
            interval_unit,
            interval_count,
            service_start_at,
            service_end_at
        order by booking_month_index, customer_id
    )
)

select
    followed.customer_id,
    followed.contract_id,
    followed.item_key,
    followed.currency,
    followed.interval_unit,
    followed.interval_count,
    followed.service_start_at,
    followed.service_end_at,
    followed.booking_month_index,
    {{ month_index(local_date('followed.service_start_at')) }} as service_month_index,
    cast(
        case
            when followed.is_last then services.expected_amount
            else least(followed.amount_so_far, services.expected_amount)
        end
        - least(followed.amount_so_far - followed.net_amount, services.expected_amount)
        as {{ type_money() }}
    ) as expected_amount,
    case when followed.is_last then services.discount_once else 0 end as discount_once,
    case when followed.is_last then services.rounding else 0 end as rounding
from followed
inner join services
    on
        followed.contract_id = services.contract_id
        and followed.item_key = services.item_key
        and followed.currency = services.currency
        and followed.interval_unit = services.interval_unit
        and followed.interval_count = services.interval_count
        and followed.service_start_at = services.service_start_at
        and followed.service_end_at = services.service_end_at
