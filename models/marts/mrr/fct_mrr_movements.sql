-- Grain: one row per customer and local day on which its MRR moved.
with days as (
    select * from {{ ref('int_mrr__customer_days') }}
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
    customer_id || '/' || cast(effective_date as {{ dbt.type_string() }}) as movement_id,
    effective_date as movement_date,
    {{ month_start('effective_date') }} as period_month,
    customer_id,
    movement_type,
    case
        when movement_type = 'churn' and loss_rank = 1 then 'free_downgrade'
        when movement_type = 'churn' and loss_rank = 2 then 'pause'
        when movement_type = 'churn' and loss_rank = 3 then 'unpaid'
        when movement_type = 'churn' and loss_rank = 4 then 'past_due_limit'
        when movement_type = 'churn' then 'ended'
        when movement_type = 'reactivation' and previous_loss_rank = 2 then 'resume'
        when movement_type = 'reactivation' then 'return'
    end as movement_kind,
    mrr_before,
    mrr_after,
    mrr_delta
from typed
