-- Grain: one row per discount and preset that lets it lower MRR, with the level it applies at:
-- 1 item, 2 subscription, 3 customer. That is the order in which they are taken off.
with discounts as (
    select * from {{ ref('stg_discounts') }}
),

customer_merges as (
    select * from {{ ref('int_mrr__customer_merges') }}
)

select
    presets.preset,
    presets.counts_once,
    discounts.discount_id,
    case
        when discounts.item_id is not null then 1
        when discounts.subscription_id is not null then 2
        else 3
    end as discount_level,
    discounts.item_id,
    discounts.subscription_id,
    coalesce(customer_merges.survivor_customer_id, discounts.customer_id) as customer_id,
    coalesce(discounts.percent_off, 0) as percent_off,
    discounts.amount_off,
    discounts.currency,
    discounts.duration,
    discounts.starts_at,
    discounts.ends_at
from discounts
left join customer_merges on discounts.customer_id = customer_merges.merged_customer_id
inner join {{ ref('int_mrr__source_bases') }} as bases on discounts.source_name = bases.source_name
cross join {{ ref('int_mrr__presets') }} as presets
where
    -- Reported changes are net of their discounts already.
    bases.mrr_basis <> 'changes'
    and (
        (discounts.duration = 'forever' and presets.counts_forever)
        or (discounts.duration = 'repeating' and presets.counts_repeating)
        or (discounts.duration = 'once' and presets.counts_once)
    )
