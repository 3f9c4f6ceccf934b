-- Grain: one row per fiscal quarter with MRR, with the MRR that was signed and not live when it
-- ended, and what was scheduled to change by then; at as_of of the quarter that is not over.
-- A change counts that was delivered by then and begins later.
-- DECISIONS.md#committed-arr
with months as (
    select distinct {{ fiscal_quarter_start_index(month_index('period_month')) }} as quarter_index
    from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
),

quarters as (
    select
        quarter_index,
        least(quarter_index + 2, {{ month_index(as_of_date()) }}) as month_index,
        least(
            {{ local_midnight(month_from_index('(quarter_index + 3)')) }}, {{ as_of() }}
        ) as end_at
    from months
),

states as (
    select * from {{ ref('int_states__item_states') }}
),

firsts as (
    select
        subscription_id,
        min(start_at) as first_mrr_at
    from states
    where mrr > 0
    group by subscription_id
),

ahead as (
    select
        quarters.quarter_index,
        quarters.month_index,
        quarters.end_at,
        states.subscription_id,
        states.item_id,
        states.currency,
        states.mrr,
        row_number() over (
            partition by states.subscription_id, states.item_id, quarters.quarter_index
            order by states.start_at desc
        ) as recency
    from states
    inner join quarters
        on
            states.recorded_at <= quarters.end_at
            and states.start_at > quarters.end_at
    where
        states.start_at > states.recorded_at
        -- The end of a discount is no change of terms.
        and states.start_at = states.version_start_at
),

compared as (
    select
        ahead.quarter_index,
        ahead.month_index,
        ahead.currency,
        case
            when
                firsts.first_mrr_at > ahead.end_at
                and coalesce(standing.standing <> 'trialing', true)
                then ahead.mrr
            else cast(0 as {{ type_money() }})
        end as signed_native,
        case
            when
                standing.mrr > 0
                and not standing.is_ending
                and standing.currency = ahead.currency
                then cast(ahead.mrr - standing.mrr as {{ type_money() }})
            else cast(0 as {{ type_money() }})
        end as scheduled_native
    from ahead
    left join firsts on ahead.subscription_id = firsts.subscription_id
    left join states as standing
        on
            ahead.subscription_id = standing.subscription_id
            and ahead.item_id = standing.item_id
            and ahead.end_at >= standing.start_at
            and ahead.end_at < standing.end_at
    where ahead.recency = 1
),

rates as (
    select * from {{ ref('int_fx__month_rates') }}
)

select
    {{ month_from_index('compared.quarter_index') }} as period_start,
    {{ money_sum(balance_in_reporting_currency(
        'compared.signed_native', 'compared.currency', 'rates.rate'
    )) }} as signed_not_live_mrr,
    {{ money_sum(balance_in_reporting_currency(
        'compared.scheduled_native', 'compared.currency', 'rates.rate'
    )) }} as scheduled_mrr
from compared
left join rates
    on
        compared.currency = rates.currency
        and compared.month_index = rates.month_index
group by compared.quarter_index
