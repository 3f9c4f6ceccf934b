-- Grain: one row per month, customer and currency that breaks the rule: opening and movements are
-- not the closing balance, or it is not the next month's opening.
with months as (
    select
        *,
        coalesce(lag(closing_native) over (
            partition by customer_id, currency
            order by period_month
        ), 0) as closing_before
    from {{ ref('fct_prepaid_credits_monthly') }}
)

select
    {{ told('period_month') }} || ', ' || customer_id || ', ' || currency
    || ': prepaid credits open with ' || {{ told('opening_native') }}
    || ' after ' || {{ told('closing_before') }}
    || ' and close with ' || {{ told('closing_native') }} as message,
    period_month,
    customer_id,
    currency
from months
where
    opening_native <> closing_before
    or closing_native <> opening_native + bought_native + granted_native + drawn_down_paid_native
    + drawn_down_granted_native + expired_paid_native + expired_granted_native + voided_native
    + reinstated_native
