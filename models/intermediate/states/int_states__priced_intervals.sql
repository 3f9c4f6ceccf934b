-- Grain: one row per licensed item and interval, with its MRR if it counted, list and net.
with intervals as (
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
        intervals.*,
        {{ monthly(
            'intervals.list_amount',
            'intervals.interval_unit',
            'intervals.interval_count',
            'intervals.list_amount_as_double'
        ) }}
            as list_mrr,
        net_amounts.net_amount,
        net_amounts.amount_after_item,
        net_amounts.amount_after_subscription
    from intervals
    left join net_amounts
        on
            intervals.subscription_id = net_amounts.subscription_id
            and intervals.item_id = net_amounts.item_id
            and intervals.interval_start_at = net_amounts.interval_start_at
    where
        intervals.usage_type = 'licensed'
        and intervals.list_amount is not null
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
