-- Grain: one row per item state and preset whose definition gives it another MRR, step by step:
-- each step is one named difference, and together they lead from our MRR to theirs.
with states as (
    select * from {{ ref('int_mrr__item_states') }}
    where start_at <= {{ as_of() }}
),

presets as (
    select * from {{ ref('int_mrr__presets') }}
    where preset <> 'default'
),

net_amounts as (
    select * from {{ ref('int_mrr__segment_net_amounts') }}
),

payments as (
    select * from {{ ref('int_mrr__first_payments') }}
),

repriced as (
    select
        states.customer_id,
        states.currency,
        states.start_at,
        states.end_at,
        states.standing,
        states.is_ending,
        states.mrr,
        presets.preset,
        payments.first_paid_at,
        case
            when net_amounts.net_amount is null then states.list_mrr
            else
                {{ monthly(
                    'net_amounts.net_amount', 'states.interval_unit', 'states.interval_count'
                ) }}
        end as preset_net_mrr
    from states
    cross join presets
    left join net_amounts
        on
            states.subscription_id = net_amounts.subscription_id
            and states.item_id = net_amounts.item_id
            and states.start_at = net_amounts.segment_start_at
            and presets.preset = net_amounts.preset
    left join payments on states.subscription_id = payments.subscription_id
),

stepped as (
    select
        repriced.*,
        case
            when
                mrr > 0 or standing in ('active', 'past_due', 'retention_trial')
                then preset_net_mrr
            else 0
        end
            as after_discounts,
        case
            when
                standing in ('active', 'past_due', 'past_due_limit', 'unpaid_start')
                then preset_net_mrr
            when standing = 'paused' and preset = 'chartmogul' then preset_net_mrr
            when standing = 'retention_trial' and preset = 'chartmogul' then preset_net_mrr
            else 0
        end as after_status,
        is_ending and preset = 'stripe_dashboard' as ends_with_request
    from repriced
)

select
    customer_id,
    currency,
    preset,
    start_at,
    end_at,
    'discounts' as reason,
    cast(after_discounts - mrr as {{ type_money() }}) as mrr_difference
from stepped
where after_discounts <> mrr

union all

select
    customer_id,
    currency,
    preset,
    start_at,
    end_at,
    case
        when standing = 'paused' then 'pause'
        when standing = 'retention_trial' then 'retention_trial'
        when standing = 'past_due_limit' then 'past_due'
        else 'mrr_start'
    end as reason,
    cast(after_status - after_discounts as {{ type_money() }}) as mrr_difference
from stepped
where after_status <> after_discounts

union all

select
    customer_id,
    currency,
    preset,
    start_at,
    end_at,
    'churn_date' as reason,
    cast(-after_status as {{ type_money() }}) as mrr_difference
from stepped
where
    ends_with_request
    and after_status > 0

union all

select
    customer_id,
    currency,
    preset,
    start_at,
    case
        when end_at is null then first_paid_at
        when first_paid_at is null then end_at
        else least(end_at, first_paid_at)
    end as end_at,
    'mrr_start' as reason,
    cast(-after_status as {{ type_money() }}) as mrr_difference
from stepped
where
    preset = 'chartmogul'
    and after_status > 0
    and first_paid_at > start_at
