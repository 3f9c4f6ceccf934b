-- Grain: one row per customer and day with an answer: the last category of that day.
with answers as (
    select * from {{ ref('int_voice__nps_answers') }}
    where not is_excluded and customer_id is not null
),

ranked as (
    select
        customer_id,
        responded_on,
        category,
        row_number() over (
            partition by customer_id, responded_on
            order by responded_at desc, response_id desc
        ) as answer_rank
    from answers
)

select
    customer_id,
    responded_on,
    category,
    lead(responded_on) over (partition by customer_id order by responded_on) as next_responded_on
from ranked
where answer_rank = 1
