-- Grain: one row per customer that breaks the rule: its first day, its state or what became of it
-- is not what its days say.
with onboarding as (
    select * from {{ ref('fct_onboarding') }}
)

select
    {{ told('customer_id') }}
    || ': began on ' || {{ told('started_on') }}
    || ', first trial ' || {{ told('first_trial_on') }}
    || ', first MRR ' || {{ told('first_mrr_on') }}
    || ', first use ' || {{ told('first_used_on') }}
    || ' after ' || {{ told('days_to_activation') }}
    || ' days, ' || {{ told('activation_state') }} as message,
    customer_id
from onboarding
where
    started_on is distinct from least(
        coalesce(first_trial_on, first_mrr_on), coalesce(first_mrr_on, first_trial_on)
    )
    or (first_used_on is null) <> (days_to_activation is null)
    or days_to_activation < 0
    or (
        activation_state = 'activated'
        and (days_to_activation is null or days_to_activation > within_days)
    )
    or (activation_state = 'not_activated' and days_to_activation <= within_days)
    or (is_retained_180d is not null and is_retained_90d is null)
    or (
        (coalesce(is_retained_90d, false) or coalesce(is_retained_180d, false))
        and first_mrr_on is null
    )
