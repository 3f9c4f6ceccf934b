-- Grain: one row per item and instant at which its state begins, changes or ends.
-- Before and after are two stored states, so every delta is exact. A state that nothing follows at
-- its end, or that goes on under another customer or currency, ends in a row of its own.
with states as (
    select * from {{ ref('int_mrr__item_states') }}
    where start_at <= {{ as_of() }}
),

neighbours as (
    select
        states.*,
        lag(states.end_at) over item as previous_end_at,
        lag(states.customer_id) over item as previous_customer_id,
        lag(states.currency) over item as previous_currency,
        lag(states.product_id) over item as previous_product_id,
        lag(states.plan_name) over item as previous_plan_name,
        lag(states.quantity) over item as previous_quantity,
        lag(states.interval_unit) over item as previous_interval_unit,
        lag(states.interval_count) over item as previous_interval_count,
        lag(states.price_per_unit) over item as previous_price_per_unit,
        lag(states.list_mrr) over item as previous_list_mrr,
        lag(states.mrr) over item as previous_mrr,
        lag(states.committed_mrr) over item as previous_committed_mrr,
        lead(states.start_at) over item as next_start_at,
        lead(states.customer_id) over item as next_customer_id,
        lead(states.currency) over item as next_currency
    from states
    window item as (partition by states.subscription_id, states.item_id order by states.start_at)
),

linked as (
    select
        neighbours.*,
        coalesce(
            previous_end_at = start_at
            and previous_customer_id = customer_id
            and previous_currency = currency,
            false
        ) as is_continued,
        coalesce(
            next_start_at = end_at
            and next_customer_id = customer_id
            and next_currency = currency,
            false
        ) as is_followed
    from neighbours
),

changes as (
    select
        customer_id,
        subscription_id,
        item_id,
        start_at as effective_at,
        'start' as change_side,
        currency,
        product_id,
        plan_name,
        price_id,
        standing,
        case when is_continued then previous_product_id end as previous_product_id,
        case when is_continued then previous_plan_name end as previous_plan_name,
        case when is_continued then previous_quantity else 0 end as quantity_before,
        quantity as quantity_after,
        coalesce(
            is_continued
            and (
                previous_interval_unit <> interval_unit or previous_interval_count <> interval_count
            ),
            false
        ) as is_interval_change,
        previous_price_per_unit as price_per_unit_before,
        previous_interval_unit as interval_unit_before,
        previous_interval_count as interval_count_before,
        case when is_continued then previous_list_mrr else 0 end as list_mrr_before,
        list_mrr as list_mrr_after,
        case when is_continued then previous_mrr else 0 end as mrr_before,
        mrr as mrr_after,
        case when is_continued then previous_committed_mrr else 0 end as committed_mrr_before,
        committed_mrr as committed_mrr_after,
        source_name,
        source_file,
        source_line,
        recorded_at
    from linked

    union all

    select
        customer_id,
        subscription_id,
        item_id,
        end_at as effective_at,
        'end' as change_side,
        currency,
        product_id,
        plan_name,
        price_id,
        'ended' as standing,
        product_id as previous_product_id,
        plan_name as previous_plan_name,
        quantity as quantity_before,
        cast(0 as {{ type_quantity() }}) as quantity_after,
        false as is_interval_change,
        price_per_unit as price_per_unit_before,
        interval_unit as interval_unit_before,
        interval_count as interval_count_before,
        list_mrr as list_mrr_before,
        cast(0 as {{ type_money() }}) as list_mrr_after,
        mrr as mrr_before,
        cast(0 as {{ type_money() }}) as mrr_after,
        committed_mrr as committed_mrr_before,
        cast(0 as {{ type_money() }}) as committed_mrr_after,
        source_name,
        source_file,
        source_line,
        recorded_at
    from linked
    where
        not is_followed
        and end_at <= {{ as_of() }}
)

select
    changes.*,
    cast(mrr_after - mrr_before as {{ type_money() }}) as mrr_delta,
    cast(committed_mrr_after - committed_mrr_before as {{ type_money() }}) as committed_mrr_delta,
    coalesce(product_id, '') <> coalesce(previous_product_id, '')
    or coalesce(plan_name, '') <> coalesce(previous_plan_name, '') as is_plan_change
from changes
