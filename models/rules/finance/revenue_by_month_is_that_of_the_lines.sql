-- Grain: one row per month that breaks the rule: the months of fct_revenue_monthly or of the
-- waterfall are not what the lines have.
with lines as (
    select
        recognition_month as period_month,
        sum(amount) as revenue
    from {{ ref('fct_revenue_recognition') }}
    group by recognition_month
),

months as (
    select * from {{ ref('fct_revenue_monthly') }}
    where segment_type = 'all'
),

waterfall as (
    select
        recognition_month as period_month,
        sum(amount) as revenue
    from {{ ref('fct_revenue_waterfall') }}
    group by recognition_month
)

select
    {{ told('lines.period_month') }}
    || ': the lines have ' || {{ told('lines.revenue') }}
    || ', the months ' || {{ told('months.net_revenue') }}
    || ', the waterfall ' || {{ told('waterfall.revenue') }} as message,
    lines.period_month,
    lines.revenue
from lines
left join months on lines.period_month = months.period_month
left join waterfall on lines.period_month = waterfall.period_month
where
    waterfall.revenue is distinct from lines.revenue
    or (
        lines.period_month <= {{ as_of_month() }}
        and (
            months.net_revenue is distinct from lines.revenue
            or months.gross_revenue + months.credit_notes + months.refunds + months.voids
            + months.bad_debt + months.disputes is distinct from lines.revenue
            or months.recurring_revenue + months.usage_revenue + months.one_time_revenue
            is distinct from lines.revenue
        )
    )
