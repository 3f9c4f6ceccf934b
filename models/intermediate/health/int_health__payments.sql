-- Grain: one row per customer and month with trouble to collect in it or in the two before.
with dunnings as (
    select * from {{ ref('int_payments__dunnings') }}
),

trouble as (
    select
        customer_id,
        {{ month_index(local_date('first_failed_at')) }} as first_index,
        coalesce(
            {{ month_index(local_date('recovered_at')) }} - 1, {{ month_index(as_of_month()) }}
        ) as last_open_index
    from dunnings
),

expanded as (
    select
        customer_id,
        last_open_index,
        {{ expand_integers('first_index', 'greatest(last_open_index, first_index + 2)') }}
            as month_index
    from trouble
)

select
    customer_id,
    {{ month_from_index('month_index') }} as period_month,
    max(case when month_index <= last_open_index then 1 else 0 end) as has_open_dunning
from expanded
group by
    customer_id,
    month_index
