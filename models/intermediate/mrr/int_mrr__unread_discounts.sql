-- Grain: one row per item, subscription or customer with a discount of which nobody says what it
-- takes off: neither the discount, nor its coupon, nor the MRR that the source reports. An item is
-- meant in one subscription, if its discount names that too.
with discounts as (
    select * from {{ ref('int_mrr__discount_versions') }}
    where
        is_unread
        and (subscription_id is null or item_id is not null or mrr_reported is null)
),

bases as (
    select * from {{ ref('int_mrr__source_bases') }}
    -- Reported changes are net of their discounts already.
    where mrr_basis <> 'changes'
)

select
    coalesce(discounts.item_id, discounts.subscription_id, discounts.customer_id) as owner_id,
    case when discounts.item_id is not null then discounts.subscription_id end
        as of_subscription_id,
    min(discounts.starts_at) as start_at,
    case
        when count(discounts.ends_at) = count(*) then max(discounts.ends_at)
    end as end_at
from discounts
inner join bases on discounts.source_name = bases.source_name
group by
    coalesce(discounts.item_id, discounts.subscription_id, discounts.customer_id),
    case when discounts.item_id is not null then discounts.subscription_id end
