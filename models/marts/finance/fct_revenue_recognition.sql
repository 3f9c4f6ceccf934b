-- Grain: one row per invoice line, month in which it is recognised and class of revenue.
-- In the reporting currency each row is what the line's rounded sum grows by, at the rate of the
-- invoice's day, so that a line adds up there too.
-- DECISIONS.md#revenue-in-the-reporting-currency
with lines as (
    select * from {{ ref('int_finance__lines') }}
),

earned as (
    select
        line_number,
        month_index,
        'earned' as revenue_class,
        amount,
        amount_so_far
    from {{ ref('int_finance__earned_months') }}
    where amount <> 0
),

taken as (
    select
        line_number,
        month_index,
        case event_kind when 'drawn_down' then 'earned' else event_kind end as revenue_class,
        -taken_revenue as amount
    from {{ ref('int_finance__taken') }}
    where taken_revenue <> 0
),

touched_lines as (
    select distinct line_number
    from taken
),

-- Few lines meet an event: only theirs are added up anew.
classes as (
    select
        earned.line_number,
        earned.month_index,
        earned.revenue_class,
        earned.amount
    from earned
    inner join touched_lines on earned.line_number = touched_lines.line_number

    union all

    select * from taken
),

summed as (
    select earned.*
    from earned
    left join touched_lines on earned.line_number = touched_lines.line_number
    where touched_lines.line_number is null

    union all

    select
        classes.*,
        cast(
            sum(amount) over (
                partition by line_number
                order by
                    month_index,
                    case when revenue_class = 'earned' then 0 else 1 end,
                    revenue_class
                rows between unbounded preceding and current row
            ) as {{ type_money() }}
        ) as amount_so_far
    from classes
)

select
    ---------- ids
    lines.invoice_id,
    lines.line_id,
    {{ month_from_index('summed.month_index') }} as recognition_month,
    summed.revenue_class,
    lines.customer_id,
    lines.subscription_id,
    lines.product_id,
    ---------- what it is
    lines.plan_name,
    lines.revenue_kind,
    lines.booking_month,
    lines.currency,
    ---------- money
    summed.amount as amount_native,
    cast(
        {{ converted_part(
            'summed.amount_so_far', 'summed.amount', 'lines.exchange_rate', 'lines.rate_as_double'
        ) }} as {{ type_money() }}
    ) as amount,
    ---------- lineage
    lines.source_file,
    lines.source_line
from summed
inner join lines on summed.line_number = lines.line_number
