-- Grain: one row per ledger row and row of its item at the line that it names: whether the line
-- shows what the ledger says, and whether it dates it.
with ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

lines as (
    select * from {{ source('raw', 'subscription_items') }}
),

states as (
    select * from {{ ref('int_states__item_states') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

observations as (
    select * from {{ ref('stg_subscription_observations') }}
),

prices as (
    select * from {{ ref('stg_prices') }}
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

named as (
    select
        ledger.ledger_id,
        ledger.customer_id,
        ledger.effective_at,
        ledger.standing,
        ledger.currency,
        ledger.price_id,
        ledger.mrr_after_native,
        {{ is_discount_alone() }} as is_discount_alone,
        states.quantity,
        states.unit_amount,
        states.interval_unit,
        states.interval_count,
        subscriptions.started_at,
        subscriptions.ended_at,
        lines.status,
        coalesce(observations.status, lines.status) as status_of_delivery,
        lines.interval_unit as line_interval_unit,
        cast(lines.interval_count as integer) as line_interval_count,
        cast(lines.quantity as {{ type_quantity() }}) as line_quantity,
        cast(lines.unit_amount as {{ type_price() }}) as line_unit_amount,
        lines._extracted_at as told_at,
        lines.currency as line_currency,
        lines._is_deleted as is_deleted,
        lines._is_state as is_state,
        cast(lines.valid_from as {{ type_instant() }}) as valid_from,
        cast(lines.valid_to as {{ type_instant() }}) as valid_to,
        {{ source_key('lines.price_id', 'lines._source') }} as line_price_id,
        coalesce(lines.usage_type, prices.usage_type) as usage_type,
        coalesce(
            customer_merges.survivor_customer_id,
            {{ source_key('lines.customer_id', 'lines._source') }},
            ledger.customer_id
        ) as line_customer_id
    from ledger
    inner join lines
        on
            {{ is_line_of_ledger() }}
            and ledger.subscription_id = {{ source_key('lines.subscription_id', 'lines._source') }}
            and ledger.item_id = {{ source_key('lines.item_id', 'lines._source') }}
    left join states
        on
            ledger.subscription_id = states.subscription_id
            and ledger.item_id = states.item_id
            and ledger.effective_at = states.start_at
            and ledger.currency = states.currency
    left join subscriptions on ledger.subscription_id = subscriptions.subscription_id
    left join observations
        on
            ledger.subscription_id = observations.subscription_id
            and lines._extracted_at = observations.recorded_at
    left join prices
        on {{ source_key('lines.price_id', 'lines._source') }} = prices.price_id
    left join customer_merges
        on
            {{ source_key('lines.customer_id', 'lines._source') }}
            = customer_merges.merged_customer_id
),

-- An item also ends where it goes on as something else: of another customer, in another currency,
-- metered, or once only. For one without a status its subscription's stands in.
judged as (
    select
        named.*,
        is_deleted
        or coalesce(status = 'ended', false)
        or coalesce(valid_to <= effective_at, false)
        or coalesce(status is null and ended_at <= effective_at, false) as is_end_shown,
        line_customer_id <> customer_id
        or line_currency <> currency
        or line_interval_unit = 'one_time'
        or coalesce(usage_type = 'metered', false) as is_something_else,
        not is_deleted
        and (
            coalesce(status <> 'ended', true)
            or coalesce(valid_to > effective_at, false)
            or coalesce(ended_at > effective_at, false)
        ) as is_life_shown,
        is_state
        or (valid_from <= effective_at and coalesce(valid_to > effective_at, true))
            as is_in_its_time,
        case
            when is_state
                then
                    standing not in ('paused', 'unpaid')
                    or coalesce({{ is_standing_of('status_of_delivery') }}, true)
            else coalesce({{ is_standing_of('status') }}, true)
        end as is_status_shown,
        coalesce(line_price_id = price_id, true)
        and coalesce(line_quantity = quantity, true)
        and coalesce(line_unit_amount = unit_amount, true)
        and coalesce(line_interval_unit = interval_unit, true)
        and coalesce(line_interval_count = interval_count, true)
        and (line_currency = currency or mrr_after_native = 0) as are_terms_shown,
        {{ one_dates_the_row(['valid_from', 'valid_to', 'started_at']) }} as is_dated
    from named
)

select
    ledger_id,
    case
        when standing = 'ended' then is_end_shown or is_something_else
        else
            is_life_shown
            and is_in_its_time
            and is_status_shown
            and are_terms_shown
            and (not is_discount_alone or is_dated or effective_at = told_at)
    end as is_shown,
    is_dated or standing = 'past_due_limit' as is_dated
from judged
