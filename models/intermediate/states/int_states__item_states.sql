{{ config(materialized='kept', by='customer') }}

-- Grain: one row per licensed item and interval in which its MRR and everything behind it hold.
-- Over a gap that the policy bridges, what was paid before it goes on, and nothing else begins.
with states as (
    select * from {{ ref('int_states__counted_states') }}
),

gaps as (
    select * from {{ ref('int_states__bridged_gaps') }}
),

joined as (
    select
        states.*,
        gaps.gap_start_at,
        gaps.gap_end_at,
        coalesce(states.end_at = gaps.gap_start_at, false) as is_gap_bridged
    from states
    left join gaps
        on
            states.customer_id = gaps.customer_id
            and (
                (states.mrr > 0 and states.end_at = gaps.gap_start_at)
                or (states.start_at >= gaps.gap_start_at and states.start_at < gaps.gap_end_at)
            )
)

select
    customer_id,
    subscription_id,
    item_id,
    case when gap_end_at is null or is_gap_bridged then start_at else gap_end_at end as start_at,
    case when is_gap_bridged then gap_end_at else end_at end as end_at,
    version_start_at,
    status,
    standing,
    product_id,
    price_id,
    plan_name,
    currency,
    quantity,
    unit_amount,
    billing_scheme,
    interval_unit,
    interval_count,
    price_per_unit,
    ---------- money per month, native
    list_mrr,
    item_discount_mrr,
    subscription_discount_mrr,
    customer_discount_mrr,
    net_mrr,
    mrr,
    committed_mrr,
    ---------- flags
    is_ending,
    is_retention_trial,
    is_gap_bridged,
    is_inferred,
    is_overlapping,
    is_merged,
    needs_invoice_amount,
    ---------- lineage
    source_name,
    source_file,
    source_line,
    recorded_at,
    end_source_file,
    end_source_line,
    end_recorded_at
from joined
where
    gap_end_at is null
    or is_gap_bridged
    or end_at is null
    or end_at > gap_end_at
