-- Grain: one row per version of a discount of which nobody says what it takes off: neither itself,
-- nor its coupon, nor the MRR that the source reports.
-- DECISIONS.md#a-discount-without-a-size
with discounts as (
    select * from {{ ref('int_terms__discount_versions') }}
    where
        is_unread
        and (item_id is not null or mrr_reported is null)
),

bases as (
    select * from {{ ref('int_terms__source_bases') }}
    -- Reported changes are net of their discounts already.
    where mrr_basis <> 'changes'
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
)

select
    discounts.discount_id,
    {{ discount_level('discounts') }} as discount_level,
    coalesce(customer_merges.survivor_customer_id, discounts.customer_id) as customer_id,
    discounts.subscription_id,
    discounts.item_id,
    discounts.starts_at as start_at,
    discounts.ends_at as end_at,
    discounts.source_file,
    discounts.source_line,
    discounts.recorded_at,
    discounts.end_source_file,
    discounts.end_source_line,
    discounts.end_recorded_at
from discounts
inner join bases on discounts.source_name = bases.source_name
left join customer_merges on discounts.customer_id = customer_merges.merged_customer_id
