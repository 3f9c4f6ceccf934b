-- Grain: one row per month's end, customer and currency with service that is contracted to the end
-- of the current term and that no invoice had billed by then, native.
-- DECISIONS.md#the-current-term
with months as (
    select * from {{ ref('int_bridge__contract_months') }}
),

subscriptions as (
    select
        subscription_id,
        ends_at,
        cancel_requested_at
    from {{ ref('stg_subscriptions') }}
),

starts as (
    select
        contract_id,
        min(start_at) as start_at
    from {{ ref('int_bridge__contract_states') }}
    where mrr <> 0
    group by contract_id
),

-- An end that was asked for later than the month was no end of the term then.
planned as (
    select
        months.contract_id,
        months.month_index,
        max(subscriptions.ends_at) as planned_end_at
    from months
    inner join subscriptions on months.subscription_id = subscriptions.subscription_id
    where
        subscriptions.ends_at > months.month_end_at
        and coalesce(subscriptions.cancel_requested_at < months.month_end_at, true)
    group by
        months.contract_id,
        months.month_index
),

-- The longest billing interval of a contract is its term where nothing says more.
ranked as (
    select
        months.*,
        planned.planned_end_at,
        coalesce(months.contract_billed_until, starts.start_at) as anchor_at,
        row_number() over (
            partition by months.contract_id, months.month_index
            order by
                {{ per_month('months.interval_unit', 'months.interval_count') }},
                months.item_key,
                months.currency,
                months.interval_unit
        ) as shortness
    from months
    inner join starts on months.contract_id = starts.contract_id
    left join planned
        on
            months.contract_id = planned.contract_id
            and months.month_index = planned.month_index
),

numbered as (
    select
        contract_id,
        month_index,
        month_end_at,
        planned_end_at,
        contract_billed_until,
        anchor_at,
        interval_unit,
        interval_count,
        {{ periods_begun('anchor_at', 'month_end_at', 'interval_unit', 'interval_count') }}
            as periods_begun
    from ranked
    where shortness = 1
),

-- A period that begins as the month ends is no current term yet.
terms as (
    select
        contract_id,
        month_index,
        case
            when planned_end_at is not null then planned_end_at
            when contract_billed_until >= month_end_at then contract_billed_until
            when
                {{ add_period(
                    'anchor_at', 'interval_unit', 'interval_count * (periods_begun - 1)'
                ) }} < month_end_at
                then {{ add_period(
                    'anchor_at', 'interval_unit', 'interval_count * periods_begun'
                ) }}
            else month_end_at
        end as term_end_at
    from numbered
),

spans as (
    select
        months.customer_id,
        months.currency,
        months.month_index,
        months.mrr,
        greatest(months.month_end_at, coalesce(months.item_billed_until, months.month_end_at))
            as from_at,
        terms.term_end_at as to_at,
        least(terms.term_end_at, {{ add_period('months.month_end_at', "'month'", 12) }})
            as to_at_within_12_months
    from months
    inner join terms
        on
            months.contract_id = terms.contract_id
            and months.month_index = terms.month_index
),

valued as (
    select
        customer_id,
        currency,
        month_index,
        {{ mrr_of_span('mrr', 'from_at', 'to_at') }} as amount_native,
        case
            when to_at_within_12_months > from_at
                then {{ mrr_of_span('mrr', 'from_at', 'to_at_within_12_months') }}
            else 0
        end as native_within_12_months
    from spans
    where to_at > from_at
)

select
    customer_id,
    currency,
    month_index,
    {{ money_sum('amount_native') }} as amount_native,
    {{ money_sum('native_within_12_months') }} as native_within_12_months
from valued
group by
    customer_id,
    currency,
    month_index
