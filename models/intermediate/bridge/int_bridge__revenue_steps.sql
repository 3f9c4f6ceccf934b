-- Grain: one row per customer, month and step between what is invoiced in the month and its
-- revenue, in the reporting currency at the rates of the invoices' days; both ends are rows too.
-- DECISIONS.md#from-invoices-to-revenue
with moves as (
    select
        *,
        month_index = booking_month_index as is_of_month
    from {{ ref('int_finance__balance_moves') }}
    where month_index <= {{ month_index(as_of_date()) }}
),

revenue as (
    select
        *,
        {{ month_index('recognition_month') }} as month_index
    from {{ ref('fct_revenue_recognition') }}
    where recognition_month <= {{ as_of_month() }}
),

lines as (
    select
        customer_id,
        booking_month_index,
        {{ convert_money('amount_native', 'exchange_rate', 'rate_as_double') }} as amount
    from {{ ref('int_finance__lines') }}
),

steps as (
    select
        customer_id,
        booking_month_index as month_index,
        'invoiced' as step,
        amount
    from lines

    union all

    -- What a month's invoices bill and the month itself recognises is never deferred.
    select
        customer_id,
        month_index,
        case
            when movement = 'accrued' then 'accrued'
            when movement = 'invoiced' then 'accrued_before'
            when is_of_month then 'deferred'
            else 'released'
        end as step,
        case when movement in ('accrued', 'invoiced') then amount else -amount end as amount
    from moves
    where movement in ('billed', 'recognised', 'accrued', 'invoiced')

    union all

    select
        customer_id,
        month_index,
        case revenue_class
            when 'credit_note' then 'credit_notes'
            when 'refund' then 'refunds'
            when 'void' then 'voids'
            when 'bad_debt' then 'bad_debt'
            when 'dispute' then 'disputes'
        end as step,
        amount
    from revenue
    where not {{ is_earning('revenue_class') }}

    union all

    select
        customer_id,
        month_index,
        'revenue' as step,
        amount
    from revenue
)

select
    customer_id,
    month_index,
    step,
    {{ money_sum('amount') }} as amount
from steps
where amount <> 0
group by
    customer_id,
    month_index,
    step
