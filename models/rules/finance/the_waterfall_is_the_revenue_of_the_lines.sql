-- Grain: one row per recognition month that breaks the rule: its column of the waterfall has not
-- what the lines have.
with lines as (
    select
        recognition_month,
        sum(amount) as revenue
    from {{ ref('fct_revenue_recognition') }}
    group by recognition_month
),

waterfall as (
    select
        recognition_month,
        sum(amount) as revenue
    from {{ ref('fct_revenue_waterfall') }}
    group by recognition_month
)

select
    {{ told('coalesce(lines.recognition_month, waterfall.recognition_month)') }}
    || ': the lines have ' || {{ told('lines.revenue') }}
    || ', the waterfall ' || {{ told('waterfall.revenue') }} as message,
    coalesce(lines.recognition_month, waterfall.recognition_month) as recognition_month
from lines
full outer join waterfall on lines.recognition_month = waterfall.recognition_month
where lines.revenue is distinct from waterfall.revenue
