-- Every delivery's view of a subscription: what it said then, next to what it says now.
with versions as (
    select
        *,
        row_number() over (
            partition by _source, subscription_id, _extracted_at
            order by _delivery_id desc, _file desc, _line desc
        ) as version_rank
    from {{ source('raw', 'subscriptions') }}
    where {{ is_arrived('subscriptions', 'subscription_id') }}
)

select
    {{ source_key('subscription_id') }} as subscription_id,
    {{ source_key('customer_id') }} as customer_id,
    case when _is_deleted then 'ended' else status end as status,
    cast(started_at as {{ type_instant() }}) as started_at,
    cast(trial_ended_at as {{ type_instant() }}) as trial_ended_at,
    cast(paused_at as {{ type_instant() }}) as paused_at,
    cast(cancel_requested_at as {{ type_instant() }}) as cancel_requested_at,
    cast(ends_at as {{ type_instant() }}) as ends_at,
    cast(ended_at as {{ type_instant() }}) as ended_at,
    _extracted_at as recorded_at
from versions
where version_rank = 1
