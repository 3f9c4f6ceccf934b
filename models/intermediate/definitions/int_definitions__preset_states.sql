-- Grain: one row per item state, preset and side of the first payment, with its MRR after each step
-- from our definition to the preset's: discounts, status, start, churn date.
-- A source that delivers no paid invoice can't say that MRR waits for one.
-- DECISIONS.md#steps-of-the-bridge
-- DECISIONS.md#a-source-without-paid-invoices
with states as (
    select
        states.*,
        case
            when states.is_retention_trial then 'retention_trial'
            when states.standing in ('unpaid_start', 'cancel_requested') then states.status
            else states.standing
        end as status_standing,
        states.standing <> 'unpaid_start' as our_start_counts
    from {{ ref('int_states__item_states') }} as states
    where
        states.start_at <= {{ as_of() }}
        and {{ is_affected_row('int_states__item_states') }}
),

presets as (
    select * from {{ ref('int_states__presets') }}
),

net_amounts as (
    select * from {{ ref('int_states__interval_net_amounts') }}
),

payments as (
    select * from {{ ref('int_states__first_payments') }}
),

paying_sources as (
    select distinct source_name
    from {{ ref('stg_invoices') }}
    where
        status = 'paid'
        and paid_at is not null
),

judged as (
    select
        states.customer_id,
        states.subscription_id,
        states.item_id,
        states.currency,
        states.start_at,
        states.end_at,
        states.status_standing,
        states.mrr,
        presets.preset,
        case
            when net_amounts.net_amount is null then states.list_mrr
            else
                {{ monthly(
                    'net_amounts.net_amount', 'states.interval_unit', 'states.interval_count'
                ) }}
        end as preset_net_mrr,
        {{ standing_counts_in('ours', 'states.status_standing') }} as our_status_counts,
        states.our_start_counts,
        case when ours.ends_with_request then not states.is_ending else true end as our_end_counts,
        {{ standing_counts_in('presets', 'states.status_standing') }} as their_status_counts,
        case when presets.ends_with_request then not states.is_ending else true end
            as their_end_counts,
        presets.starts_with_payment and paying_sources.source_name is not null as is_waiting,
        payments.first_paid_at
    from states
    inner join presets on presets.preset <> 'default'
    inner join presets as ours on ours.preset = 'default'
    left join net_amounts
        on
            states.subscription_id = net_amounts.subscription_id
            and states.item_id = net_amounts.item_id
            and states.start_at = net_amounts.interval_start_at
            and presets.preset = net_amounts.preset
    left join payments on states.subscription_id = payments.subscription_id
    left join paying_sources on states.source_name = paying_sources.source_name
),

-- A state that MRR began in is one row before its first payment and one after.
pieces as (
    select
        judged.*,
        start_at as piece_start_at,
        case
            when first_paid_at is null then end_at
            when end_at is null then first_paid_at
            else least(end_at, first_paid_at)
        end as piece_end_at,
        false as their_start_counts
    from judged
    where
        is_waiting
        and (first_paid_at is null or first_paid_at > start_at)

    union all

    select
        judged.*,
        case when is_waiting then greatest(start_at, first_paid_at) else start_at end
            as piece_start_at,
        end_at as piece_end_at,
        true as their_start_counts
    from judged
    where
        not is_waiting
        or (first_paid_at is not null and (end_at is null or first_paid_at < end_at))
)

select
    customer_id,
    subscription_id,
    item_id,
    currency,
    preset,
    status_standing as standing,
    piece_start_at as start_at,
    piece_end_at as end_at,
    mrr,
    cast(
        case
            when our_status_counts and our_start_counts and our_end_counts then preset_net_mrr
            else 0
        end as {{ type_money() }}
    ) as after_discounts,
    cast(
        case
            when their_status_counts and our_start_counts and our_end_counts then preset_net_mrr
            else 0
        end as {{ type_money() }}
    ) as after_status,
    cast(
        case
            when their_status_counts and their_start_counts and our_end_counts then preset_net_mrr
            else 0
        end as {{ type_money() }}
    ) as after_start,
    cast(
        case
            when their_status_counts and their_start_counts and their_end_counts
                then preset_net_mrr
            else 0
        end as {{ type_money() }}
    ) as preset_mrr
from pieces
