-- Grain: one row per licensed item and interval, with its MRR if it counted, list and net.
with segments as (
    select
        *,
        cast(list_amount as {{ type_double() }}) as list_amount_as_double
    from {{ ref('int_states__interval_standings') }}
),

net_amounts as (
    select * from {{ ref('int_states__interval_net_amounts') }}
    where preset = 'default'
),

listed as (
    select
        segments.*,
        {{ monthly(
            'segments.list_amount',
            'segments.interval_unit',
            'segments.interval_count',
            'segments.list_amount_as_double'
        ) }}
            as list_mrr,
        net_amounts.net_amount,
        net_amounts.amount_after_item,
        net_amounts.amount_after_subscription
    from segments
    left join net_amounts
        on
            segments.subscription_id = net_amounts.subscription_id
            and segments.item_id = net_amounts.item_id
            and segments.segment_start_at = net_amounts.segment_start_at
    where
        segments.usage_type = 'licensed'
        and segments.list_amount is not null
)

select
    listed.*,
    case
        when net_amount is null then list_mrr
        else {{ monthly('net_amount', 'interval_unit', 'interval_count') }}
    end as net_mrr,
    case
        when net_amount is null then list_mrr
        else {{ monthly('amount_after_item', 'interval_unit', 'interval_count') }}
    end as mrr_after_item_discounts,
    case
        when net_amount is null then list_mrr
        else {{ monthly('amount_after_subscription', 'interval_unit', 'interval_count') }}
    end as mrr_after_subscription_discounts
from listed
