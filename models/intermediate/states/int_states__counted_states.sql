-- Grain: one row per licensed item and interval of one standing, as counted before any gap is
-- bridged.
-- MRR is rounded here, once; every movement is a difference of two of these states.
with intervals as (
    select * from {{ ref('int_states__priced_intervals') }}
),

requests as (
    select * from {{ ref('int_states__cancel_requests') }}
),

trials as (
    select * from {{ ref('int_states__paid_before_trial') }}
),

judged as (
    select
        intervals.*,
        intervals.standing = 'trialing'
        and coalesce(trials.first_paid_at < intervals.interval_start_at, false)
            as is_retention_trial,
        requests.requested_at is not null or intervals.is_cancel_requested as is_ending
    from intervals
    left join requests
        on
            intervals.subscription_id = requests.subscription_id
            and intervals.interval_start_at >= requests.requested_at
            and (
                requests.withdrawn_at is null
                or intervals.interval_start_at < requests.withdrawn_at
            )
    left join trials
        on
            intervals.subscription_id = trials.subscription_id
            and intervals.item_id = trials.item_id
),

named as (
    select
        judged.*,
        case
            when
                {{ mrr_ends_with_request() }}
                and judged.is_ending
                and (judged.is_retention_trial or {{ standing_counts('judged.standing') }})
                then 'cancel_requested'
            when judged.is_retention_trial then 'retention_trial'
            else judged.standing
        end as standing_in_force
    from judged
),

counted as (
    select
        named.*,
        case
            when
                {{ standing_counts('named.standing_in_force') }}
                or (
                    named.standing_in_force = 'retention_trial'
                    and {{ counts_standing('retention_trial') }}
                )
                then named.net_mrr
            else cast(0 as {{ type_money() }})
        end as mrr
    from named
)

select
    customer_id,
    subscription_id,
    item_id,
    interval_start_at as start_at,
    interval_end_at as end_at,
    start_at as version_start_at,
    status,
    standing_in_force as standing,
    product_id,
    price_id,
    plan_name,
    currency,
    quantity,
    unit_amount,
    billing_scheme,
    interval_unit,
    interval_count,
    case
        when billing_scheme = 'per_unit' and unit_amount is not null then unit_amount
        when billing_scheme = 'flat' or quantity = 0 then cast(0 as {{ type_price() }})
        else {{ average_price('list_amount', 'quantity') }}
    end as price_per_unit,
    ---------- money per month, native
    list_mrr,
    cast(list_mrr - mrr_after_item_discounts as {{ type_money() }}) as item_discount_mrr,
    cast(mrr_after_item_discounts - mrr_after_subscription_discounts as {{ type_money() }})
        as subscription_discount_mrr,
    cast(mrr_after_subscription_discounts - net_mrr as {{ type_money() }}) as customer_discount_mrr,
    net_mrr,
    mrr,
    case when is_ending then cast(0 as {{ type_money() }}) else mrr end as committed_mrr,
    ---------- flags
    is_ending,
    is_retention_trial,
    is_inferred,
    is_overlapping,
    is_merged,
    needs_invoice_amount,
    ---------- lineage
    source_name,
    interval_source_file as source_file,
    interval_source_line as source_line,
    interval_recorded_at as recorded_at,
    end_source_file,
    end_source_line,
    end_recorded_at
from counted
