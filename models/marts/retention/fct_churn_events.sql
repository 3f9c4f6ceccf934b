-- Grain: one row per customer and day of churn.
with churns as (
    select * from {{ ref('int_retention__churn_movements') }}
),

classes as (
    select * from {{ ref('int_retention__churn_classes') }}
),

last_answers as (
    select * from {{ ref('int_voice__customer_last_answers') }}
)

select
    churns.movement_id,
    churns.customer_id,
    churns.churned_on,
    churns.period_month,
    churns.churn_kind,
    churns.is_short_pause,
    classes.churn_class,
    classes.churn_evidence,
    classes.reason,
    classes.feedback,
    -- Whole months: the day of the month must have come round.
    cast(
        {{ months_between('churns.first_mrr_on', 'churns.churned_on') }}
        - case
            when extract(day from churns.churned_on) < extract(day from churns.first_mrr_on) then 1
            else 0
        end
        as bigint
    ) as tenure_months,
    cast(churns.mrr_lost as {{ type_money() }}) as mrr_lost,
    last_answers.category as last_nps_category,
    churns.returned_on,
    classes.source_name,
    classes.source_file,
    classes.source_line
from churns
inner join classes
    on churns.movement_id = classes.movement_id
left join last_answers
    on
        churns.customer_id = last_answers.customer_id
        and churns.churned_on >= last_answers.responded_on
        and (
            last_answers.next_responded_on is null
            or churns.churned_on < last_answers.next_responded_on
        )
