-- Grain: one row per trial that breaks the rule: it converted without MRR, or before it began.
with trials as (
    select * from {{ ref('fct_trials') }}
)

select
    coalesce(subscription_id, 'nothing') || ': the trial began on '
    || coalesce(cast(trial_started_on as {{ dbt.type_string() }}), 'nothing')
    || case when is_converted then ' and converted' else ' and nobody says whether it converted' end
    || ', its first MRR came on '
    || coalesce(cast(first_mrr_on as {{ dbt.type_string() }}), 'nothing') as message,
    subscription_id,
    trial_started_on,
    first_mrr_on
from trials
where
    is_converted is null
    or (is_converted and coalesce(first_mrr_on < trial_started_on, true))
