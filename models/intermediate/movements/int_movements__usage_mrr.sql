-- Grain: one row per customer and month with usage MRR: the mean of the invoiced usage of this
-- month and the two before it, over those of the three that were invoiced.
-- DECISIONS.md#usage_mrr
with invoiced as (
    select * from {{ ref('int_movements__usage_invoiced') }}
    where month_index < {{ month_index(as_of_date()) }}
),

reached as (
    select
        customer_id,
        amount,
        {{ expand_integers('month_index', 'month_index + 2') }} as month_index
    from invoiced
),

totals as (
    select
        customer_id,
        cast(month_index as integer) as month_index,
        cast(greatest(sum(amount), 0) as {{ type_exact() }}) as total_amount,
        count(*) as months_invoiced
    from reached
    group by
        customer_id,
        month_index
)

select
    customer_id,
    month_index,
    {{ divide_money('total_amount', 'months_invoiced') }} as usage_mrr
from totals
