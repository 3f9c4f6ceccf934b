{{ config(materialized='kept', by='customer') }}

-- Grain: one row per customer and local day on which its MRR moved.
-- DECISIONS.md#kinds-of-churn
-- DECISIONS.md#a-customer-day-that-moves-only-between-currencies-at-equal-value
-- DECISIONS.md#the-rate-of-a-movement
with days as (
    select * from {{ ref('int_movements__customer_days') }}
),

rates as (
    select * from {{ ref('int_fx__day_rates') }}
),

ordered as (
    select
        days.*,
        row_number() over history as movement_number,
        lag(days.effective_date) over history as previous_date,
        lag(days.loss_rank) over history as previous_loss_rank
    from days
    window history as (partition by days.customer_id order by days.effective_date)
),

typed as (
    select
        ordered.*,
        case
            when has_mrr and not had_mrr and movement_number = 1 then 'new'
            when
                has_mrr
                and not had_mrr
                and {{ returns_too_late('previous_date', 'effective_date') }}
                then 'new'
            when has_mrr and not had_mrr then 'reactivation'
            when had_mrr and not has_mrr then 'churn'
            when mrr_delta > 0 then 'expansion'
            when mrr_delta < 0 then 'contraction'
        end as movement_type
    from ordered
)

select
    typed.customer_id || '/' || cast(typed.effective_date as {{ dbt.type_string() }})
        as movement_id,
    typed.effective_date as movement_date,
    {{ month_start('typed.effective_date') }} as period_month,
    typed.customer_id,
    typed.movement_type,
    case
        when typed.movement_type = 'churn' and typed.loss_rank = 1 then 'free_downgrade'
        when typed.movement_type = 'churn' and typed.loss_rank = 2 then 'pause'
        when typed.movement_type = 'churn' and typed.loss_rank = 3 then 'unpaid'
        when typed.movement_type = 'churn' and typed.loss_rank = 4 then 'past_due_limit'
        when typed.movement_type = 'churn' then 'ended'
        when typed.movement_type = 'reactivation' and typed.previous_loss_rank = 2 then 'resume'
        when typed.movement_type = 'reactivation' then 'return'
    end as movement_kind,
    typed.mrr_before,
    typed.mrr_after,
    typed.mrr_delta,
    typed.rate_currency,
    case
        when typed.rate_currency = {{ reporting_currency() }}
            then cast(1 as {{ type_exchange_rate() }})
        else rates.rate
    end as rate,
    case
        when typed.rate_currency = {{ reporting_currency() }} then typed.effective_date
        else rates.quoted_on
    end as rate_on
from typed
left join rates
    on
        typed.rate_currency = rates.currency
        and typed.effective_date = rates.rate_day
