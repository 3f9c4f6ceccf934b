-- Grain: one row per month that breaks the rule: fct_revenue_monthly has not what the lines have,
-- or its parts are not its total.
with lines as (
    select
        recognition_month as period_month,
        sum(amount) as revenue
    from {{ ref('fct_revenue_recognition') }}
    where recognition_month <= {{ as_of_month() }}
    group by recognition_month
),

months as (
    select * from {{ ref('fct_revenue_monthly') }}
    where segment_type = 'all'
)

select
    {{ told('lines.period_month') }}
    || ': the lines have ' || {{ told('lines.revenue') }}
    || ', the month has ' || {{ told('months.net_revenue') }} as message,
    lines.period_month,
    lines.revenue
from lines
left join months on lines.period_month = months.period_month
where
    months.net_revenue is distinct from lines.revenue
    or months.gross_revenue + months.credit_notes + months.refunds + months.voids
    + months.bad_debt + months.disputes is distinct from lines.revenue
    or months.recurring_revenue + months.usage_revenue + months.one_time_revenue
    is distinct from lines.revenue
