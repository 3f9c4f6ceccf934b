-- Grain: one row per customer and currency that breaks the rule: the bought credits that are left
-- are not the deferred revenue of the invoice lines that sold them, less those that drew them down.
-- It names the first month of it.
with broken as (
    select
        *,
        row_number() over (
            partition by customer_id, currency
            order by period_month
        ) as place
    from {{ ref('fct_prepaid_credits_monthly') }}
    where closing_paid_native <> deferred_native
)

select
    customer_id || ', ' || currency
    || ': since ' || {{ told('period_month') }}
    || ' bought credits of ' || {{ told('closing_paid_native') }}
    || ' are left, and ' || {{ told('deferred_native') }} || ' are deferred' as message,
    period_month,
    customer_id,
    currency,
    closing_paid_native - deferred_native as difference
from broken
where place = 1
