-- Grain: one row per subscription that began with a trial.
-- DECISIONS.md#trials-given-to-customers-who-already-pay
with subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
    where not is_deleted
),

first_trials as (
    select * from {{ ref('int_growth__first_trials') }}
    where trial_started_at <= {{ as_of() }}
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

excluded as (
    select * from {{ ref('int_terms__excluded_customers') }}
),

first_mrr as (
    select
        subscription_id,
        min(effective_date) as first_mrr_on
    from {{ ref('fct_mrr_ledger') }}
    where mrr_after_native > 0
    group by subscription_id
),

trials as (
    select
        subscriptions.subscription_id,
        coalesce(customer_merges.survivor_customer_id, subscriptions.customer_id) as customer_id,
        {{ local_date('first_trials.trial_started_at') }} as trial_started_on,
        {{ local_date('first_trials.trial_ended_at') }} as trial_ended_on,
        case
            when subscriptions.card_on_file_at_start then 'card'
            when not subscriptions.card_on_file_at_start then 'no_card'
            else 'unknown'
        end as card_on_file,
        first_mrr.first_mrr_on,
        subscriptions.source_file,
        subscriptions.source_line
    from subscriptions
    inner join first_trials
        on subscriptions.subscription_id = first_trials.subscription_id
    left join customer_merges
        on subscriptions.customer_id = customer_merges.merged_customer_id
    left join excluded
        on subscriptions.customer_id = excluded.customer_id
    left join first_mrr
        on subscriptions.subscription_id = first_mrr.subscription_id
    where excluded.customer_id is null
)

-- A trial given to a subscription that already paid is an offer to stay, not the start of one.
select
    subscription_id,
    customer_id,
    {{ month_start('trial_started_on') }} as trial_month,
    trial_started_on,
    trial_ended_on,
    card_on_file,
    first_mrr_on,
    coalesce(
        first_mrr_on <= coalesce(
            {{ add_days('trial_ended_on', policy('trial_window_days')) }}, {{ as_of_date() }}
        ),
        false
    ) as is_converted,
    coalesce(
        {{ add_days('trial_ended_on', policy('trial_window_days')) }} < {{ as_of_date() }}, false
    ) as is_mature,
    source_file,
    source_line
from trials
where first_mrr_on is null or first_mrr_on >= trial_started_on
