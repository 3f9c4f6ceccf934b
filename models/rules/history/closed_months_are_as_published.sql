-- Grain: one row per month that breaks the rule: it is closed, or, where none is, was over at the
-- last release, and is far from what was published then.
with months as (
    select * from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
),

published as (
    select * from {{ ref('stg_published_months') }}
),

last_closed as (
    select max(period_month) as period_month
    from {{ ref('stg_reported_bases') }}
    where kind = 'close'
),

closed as (
    select published.*
    from published
    cross join last_closed
    where
        not published.is_partial
        and published.period_month <= coalesce(last_closed.period_month, published.period_month)
)

select
    cast(closed.period_month as {{ dbt.type_string() }})
    || ': was published with '
    || cast(closed.closing_mrr as {{ dbt.type_string() }})
    || ' and has ' || {{ told('months.closing_mrr') }}
    || ' now, more than ' || cast({{ policy('max_restated_share') }} as {{ dbt.type_string() }})
    || ' of that apart' as message,
    closed.period_month,
    closed.closing_mrr as published_mrr,
    months.closing_mrr
from closed
left join months on closed.period_month = months.period_month
where
    abs(coalesce(months.closing_mrr, 0) - closed.closing_mrr)
    > {{ policy('max_restated_share') }} * closed.closing_mrr
