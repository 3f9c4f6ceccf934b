-- Grain: one row per ledger row and row of its subscription at the line that it names: whether the
-- line shows what the ledger says, and whether it dates it.
with ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

lines as (
    select * from {{ source('raw', 'subscriptions') }}
),

named as (
    select
        ledger.ledger_id,
        ledger.effective_at,
        ledger.standing,
        ledger.mrr_delta_native,
        ledger.committed_mrr_after_native,
        ledger.committed_mrr_delta_native,
        {{ is_discount_alone() }} as is_discount_alone,
        lines.status,
        cast(lines.created_at as {{ type_instant() }}) as created_at,
        cast(lines.started_at as {{ type_instant() }}) as started_at,
        cast(lines.trial_started_at as {{ type_instant() }}) as trial_started_at,
        cast(lines.trial_ended_at as {{ type_instant() }}) as trial_ended_at,
        cast(lines.paused_at as {{ type_instant() }}) as paused_at,
        cast(lines.resumes_at as {{ type_instant() }}) as resumes_at,
        cast(lines.cancel_requested_at as {{ type_instant() }}) as cancel_requested_at,
        cast(lines.ends_at as {{ type_instant() }}) as ends_at,
        cast(lines.ended_at as {{ type_instant() }}) as ended_at,
        lines._is_deleted as is_deleted,
        lines._extracted_at as told_at
    from ledger
    inner join lines
        on
            {{ is_line_of_ledger() }}
            and ledger.subscription_id = {{ source_key('lines.subscription_id', 'lines._source') }}
    -- What an item costs its own line says, or its price's; but terms that were told before it may
    -- begin with a pause that counts (policy counted_statuses).
    where
        lines.status = 'paused'
        or (
            ledger.quantity_effect_native = 0
            and ledger.price_effect_native = 0
            and ledger.interval_effect_native = 0
            and ledger.product_effect_native = 0
        )
),

-- A status stands from its own date, else from when it was told; what was before it, the dates say.
dated as (
    select
        named.*,
        coalesce(
            case status
                when 'ended' then ended_at
                when 'paused' then paused_at
                when 'trialing' then trial_started_at
                when 'active' then trial_ended_at
            end,
            told_at
        ) as status_from,
        cancel_requested_at is not null
        or (ends_at is not null and status <> 'ended') as is_end_requested,
        mrr_delta_native = 0 and committed_mrr_delta_native <> 0 as is_request,
        {{ one_dates_the_row([
            'created_at',
            'started_at',
            'trial_started_at',
            'trial_ended_at',
            'paused_at',
            'resumes_at',
            'cancel_requested_at',
            'ends_at',
            'ended_at',
        ]) }} as is_dated
    from named
)

select
    ledger_id,
    case
        when standing = 'ended'
            then
                is_deleted
                or status = 'ended'
                or ended_at is not null
                or {{ dates_the_row('ends_at') }}
        when is_request then is_end_requested = (committed_mrr_after_native = 0)
        else
            not is_deleted
            and (
                {{ is_standing_of('status') }}
                -- What a discount of that very instant moves, another line tells as well.
                or (
                    committed_mrr_after_native = 0
                    and committed_mrr_delta_native <> 0
                    and {{ dates_the_row('cancel_requested_at') }}
                )
                or (
                    status_from > effective_at
                    and (
                        standing = 'active'
                        or coalesce(trial_started_at, trial_ended_at) is not null
                    )
                    and standing in ('active', 'trialing', 'retention_trial')
                )
            )
            and (not is_discount_alone or is_dated or effective_at = told_at)
    end as is_shown,
    is_dated or standing = 'past_due_limit' as is_dated
from dated
