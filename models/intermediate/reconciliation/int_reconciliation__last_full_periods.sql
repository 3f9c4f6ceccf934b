-- Grain: one row per subscription and currency of which an invoice covers the end of the last full
-- month, or the billing period before it: what its last full periods come to a month, and when they
-- begin. Parts of a period say nothing of what a whole one costs.
-- DECISIONS.md#reconciliation-with-other-histories
with amounts as (
    select
        amounts.source_name,
        amounts.subscription_id,
        amounts.item_id,
        amounts.customer_id,
        amounts.currency,
        amounts.service_start_at,
        amounts.service_end_at,
        amounts.net_amount,
        amounts.discount_amount,
        amounts.interval_unit,
        amounts.interval_count
    from {{ ref('int_terms__invoiced_amounts') }} as amounts
    inner join {{ ref('int_terms__source_bases') }} as bases
        on amounts.source_name = bases.source_name
    where
        bases.mrr_basis <> 'invoice_lines'
        and not amounts.is_part
        and not amounts.is_credit
        and amounts.service_start_at < {{ local_midnight(as_of_month()) }}
),

covering as (
    select
        amounts.*,
        max(service_start_at) over (partition by subscription_id, currency) as last_start_at,
        max(service_start_at) over (partition by subscription_id, item_id, currency)
            as item_start_at
    from amounts
    where
        {{ add_period('service_end_at', 'interval_unit', 'interval_count') }}
        > {{ local_midnight(as_of_month()) }}
)

-- A second invoice of a period adds to the first one.
select
    source_name,
    subscription_id,
    currency,
    min(customer_id) as customer_id,
    last_start_at as period_start_at,
    sum({{ monthly('net_amount', 'interval_unit', 'interval_count') }}) as net_mrr,
    sum({{ monthly('(net_amount + discount_amount)', 'interval_unit', 'interval_count') }})
        as list_mrr
from covering
where
    service_start_at = item_start_at
    and service_end_at > last_start_at
group by
    source_name,
    subscription_id,
    currency,
    last_start_at
