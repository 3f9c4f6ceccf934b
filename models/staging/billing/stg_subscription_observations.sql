{{ config(materialized='kept', by='arrived', key='subscription_id') }}

-- Every delivery's view of a subscription: what it said then, next to what it says now.
with versions as (
    {{ latest_rows('subscriptions', ['subscription_id', '_extracted_at'], keep_deleted=true) }}
)

select
    {{ source_key('subscription_id') }} as subscription_id,
    {{ source_key('customer_id') }} as customer_id,
    case when _is_deleted then 'ended' else status end as status,
    cast(created_at as {{ type_instant() }}) as created_at,
    cast(started_at as {{ type_instant() }}) as started_at,
    cast(trial_started_at as {{ type_instant() }}) as trial_started_at,
    cast(trial_ended_at as {{ type_instant() }}) as trial_ended_at,
    cast(paused_at as {{ type_instant() }}) as paused_at,
    cast(resumes_at as {{ type_instant() }}) as resumes_at,
    cast(cancel_requested_at as {{ type_instant() }}) as cancel_requested_at,
    cast(ends_at as {{ type_instant() }}) as ends_at,
    cast(ended_at as {{ type_instant() }}) as ended_at,
    end_reason,
    end_feedback,
    cast(mrr_reported as {{ type_money() }}) as mrr_reported,
    ---------- lineage
    _is_deleted as is_deleted,
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from versions
