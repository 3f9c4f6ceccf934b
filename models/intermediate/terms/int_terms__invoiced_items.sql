-- Grain: one row per item and service period that an invoice paid for, as terms of that period.
-- A proration is a pair: the credit takes back what was left of the old terms, the charge begins
-- the new ones. A credit alone leaves what it does not take back; where that is less than a tenth,
-- the item ends. A renewal that is missing leaves a gap, and the item ends.
-- DECISIONS.md#a-history-of-invoice-lines
-- DECISIONS.md#several-changes-of-one-second
with amounts as (
    select * from {{ ref('int_terms__invoiced_amounts') }}
),

-- Where lines begin together, the last invoice's charge says what holds.
ranked as (
    select
        amounts.*,
        row_number() over (
            partition by amounts.subscription_id, amounts.item_id, amounts.service_start_at
            order by
                case when amounts.is_credit then 1 else 0 end,
                case when amounts.is_proration then 1 else 0 end,
                amounts.recorded_at desc,
                amounts.invoice_id desc,
                amounts.service_end_at desc,
                amounts.currency asc,
                amounts.customer_id asc
        ) as rank
    from amounts
),

numbered as (
    select
        ranked.*,
        lead(ranked.service_start_at) over item as next_start_at,
        sum(case when ranked.is_credit then 0 else 1 end) over (
            partition by ranked.subscription_id, ranked.item_id
            order by ranked.service_start_at
            rows between unbounded preceding and current row
        ) as charge_number
    from ranked
    where ranked.rank = 1
    window item as (
        partition by ranked.subscription_id, ranked.item_id order by ranked.service_start_at
    )
),

credited as (
    select
        numbered.*,
        max(case when numbered.is_credit then 0 else numbered.period_amount end) over charge
            as charged_amount,
        max(case when numbered.is_credit then 0 else numbered.net_period_amount end) over charge
            as charged_net_amount,
        sum(case when numbered.is_credit then numbered.net_period_amount else 0 end) over (
            partition by numbered.subscription_id, numbered.item_id, numbered.charge_number
            order by numbered.service_start_at
            rows between unbounded preceding and current row
        ) as credited_net_amount
    from numbered
    window charge as (
        partition by numbered.subscription_id, numbered.item_id, numbered.charge_number
    )
),

judged as (
    select
        credited.*,
        charged_net_amount - credited_net_amount <= charged_net_amount * 0.1 as is_ended
    from credited
)

select
    subscription_id,
    item_id,
    service_start_at,
    -- An end written as the last second or the last day of a period is no gap before the next.
    case
        when next_start_at <= {{ add_days_to_instant('service_end_at', 1) }} then next_start_at
        else service_end_at
    end as service_end_at,
    customer_id,
    case when is_credit and is_ended then 'ended' else 'active' end as status,
    price_id,
    product_id,
    plan_name,
    currency,
    case
        when is_credit then {{ amount_left(
            'charged_amount', 'charged_net_amount', 'credited_net_amount'
        ) }}
        when is_at_list_price then listed_unit_amount
        when not is_at_tier_price then period_amount
    end as unit_amount,
    case
        when not is_credit and (is_at_list_price or is_at_tier_price) then quantity
        else cast(1 as {{ type_quantity() }})
    end as quantity,
    case
        when not is_credit and is_at_list_price then 'per_unit'
        when not is_credit and is_at_tier_price then listed_scheme
        else 'flat'
    end as billing_scheme,
    interval_unit,
    interval_count,
    -- What a billing period nets to, every discount taken off.
    case
        when is_credit then {{ amount_left(
            'charged_net_amount', 'charged_net_amount', 'credited_net_amount'
        ) }}
        else net_period_amount
    end as net_amount,
    source_name,
    source_file,
    source_line,
    recorded_at
from judged
