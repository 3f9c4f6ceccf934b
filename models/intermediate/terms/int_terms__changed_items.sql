{{ config(materialized='kept', by='subscription') }}

-- Grain: one row per item and instant at which the source itself reported a change of its MRR.
-- The reported deltas add up to a state; several at one instant are one change, which the last of
-- them to be delivered tells.
-- DECISIONS.md#a-history-of-changes
{%- set change -%}
    subscription_id,
    coalesce(item_id, subscription_id),
    customer_id,
    currency,
    occurred_at
{%- endset %}
with changes as (
    select
        *,
        {{ rank_as_teller(change) }} as rank
    from {{ ref('stg_subscription_changes') }}
    where {{ is_affected_subscription() }}
),

summed as (
    select
        subscription_id,
        coalesce(item_id, subscription_id) as item_id,
        customer_id,
        currency,
        occurred_at,
        sum(mrr_delta) as mrr_delta,
        max(product_id) as product_id,
        max(price_id) as price_id,
        max(case when lower(kind) like '%pause%' then 1 else 0 end) as is_pause,
        min(source_name) as source_name,
        {{ lineage_of_teller() }}
    from changes
    group by {{ change }}
),

running as (
    select
        summed.*,
        sum(summed.mrr_delta) over (
            partition by summed.subscription_id, summed.item_id, summed.customer_id, summed.currency
            order by summed.occurred_at
            rows between unbounded preceding and current row
        ) as mrr
    from summed
),

-- A change of currency is an end and a start at one instant: what the item goes on as is the start.
ranked as (
    select
        running.*,
        row_number() over (
            partition by running.subscription_id, running.item_id, running.occurred_at
            order by running.mrr desc, running.currency asc, running.customer_id asc
        ) as rank
    from running
)

select
    subscription_id,
    item_id,
    occurred_at,
    customer_id,
    case
        when mrr > 0 then 'active'
        when is_pause = 1 then 'paused'
        else 'ended'
    end as status,
    price_id,
    product_id,
    currency,
    cast(greatest(mrr, 0) as {{ type_price() }}) as mrr,
    mrr < 0 as is_negative,
    source_name,
    source_file,
    source_line,
    recorded_at
from ranked
where rank = 1
