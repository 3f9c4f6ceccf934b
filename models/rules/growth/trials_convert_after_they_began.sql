-- Grain: one row per trial that breaks the rule: it converted without MRR, or before it began.
with trials as (
    select * from {{ ref('fct_trials') }}
)

select
    {{ told('subscription_id') }} || ': the trial began on '
    || {{ told('trial_started_on') }}
    || case when is_converted then ' and converted' else ' and nobody says whether it converted' end
    || ', its first MRR came on '
    || {{ told('first_mrr_on') }} as message,
    subscription_id,
    trial_started_on,
    first_mrr_on
from trials
where
    is_converted is null
    or (is_converted and coalesce(first_mrr_on < trial_started_on, true))
