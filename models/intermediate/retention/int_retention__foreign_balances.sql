-- Grain: one row per customer, foreign currency and month at whose end the customer has MRR in it.
with days as (
    select
        customer_id,
        currency,
        month_index,
        next_month_index,
        after_native
    from {{ ref('int_movements__customer_currency_days') }}
    where
        currency <> {{ reporting_currency() }}
        and after_native > 0
)

-- A balance that another movement of its month replaces lasts to no month's end.
select
    customer_id,
    currency,
    {{ expand_integers(
        'month_index', 'coalesce(next_month_index - 1, ' ~ month_index(as_of_date()) ~ ')'
    ) }} as month_index,
    after_native as closing_native
from days
