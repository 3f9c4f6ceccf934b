{{ config(materialized='kept', by='arrived', key='subscription_id') }}

-- A subscription that left a full snapshot stays here, marked: its items end with that delivery.
with latest as (
    {{ latest_rows(
        'subscriptions',
        ['subscription_id'],
        keep_deleted=true,
        told={'end_told': ['ended_at', '_is_deleted']}
    ) }}
)

select
    {{ source_key('subscription_id') }} as subscription_id,
    {{ source_key('customer_id') }} as customer_id,
    currency,
    status,
    cast(created_at as {{ type_instant() }}) as created_at,
    cast(started_at as {{ type_instant() }}) as started_at,
    cast(trial_started_at as {{ type_instant() }}) as trial_started_at,
    cast(trial_ended_at as {{ type_instant() }}) as trial_ended_at,
    cast(card_on_file_at_start as boolean) as card_on_file_at_start,
    cast(paused_at as {{ type_instant() }}) as paused_at,
    cast(resumes_at as {{ type_instant() }}) as resumes_at,
    cast(cancel_requested_at as {{ type_instant() }}) as cancel_requested_at,
    cast(ends_at as {{ type_instant() }}) as ends_at,
    cast(ended_at as {{ type_instant() }}) as ended_at,
    end_reason,
    end_feedback,
    collection_method,
    cast(mrr_reported as {{ type_money() }}) as mrr_reported,
    ---------- lineage
    _is_deleted as is_deleted,
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at,
    end_told_file as end_source_file,
    end_told_line as end_source_line,
    end_told_extracted_at as end_recorded_at,
    _loaded_at as loaded_at
from latest
