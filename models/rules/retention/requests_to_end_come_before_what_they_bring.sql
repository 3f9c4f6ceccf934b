-- Grain: one row per request to end that breaks the rule: it ended or was taken back before it was
-- made, or both, its offer is not of the 30 days after it, or what was saved does not follow.
with requests as (
    select * from {{ ref('fct_end_requests') }}
)

select
    {{ told('subscription_id') }}
    || ', asked to end on ' || {{ told('requested_on') }}
    || ': offered on ' || {{ told('offered_on') }}
    || ', taken back on ' || {{ told('withdrawn_on') }}
    || ', ended on ' || {{ told('ended_on') }}
    || ', ' || {{ told('saved_mrr') }}
    || ' saved of ' || {{ told('mrr_at_request') }} as message,
    subscription_id,
    requested_on
from requests
where
    withdrawn_on < requested_on
    or ended_on < requested_on
    or (withdrawn_on is not null and ended_on is not null)
    or offered_on < requested_on
    or offered_on > {{ add_days('requested_on', 30) }}
    or (is_saved and withdrawn_on is null)
    or (not is_saved and saved_mrr > 0)
    or (is_saved is null and saved_mrr is not null)
    or (is_saved is not null and saved_mrr is null)
    or saved_mrr > mrr_at_request
    or saved_mrr > mrr_after_90d
