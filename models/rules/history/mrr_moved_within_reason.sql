-- Grain: one row where the rule is broken: the newest total is too far from that of the last
-- release.
with newest as (
    select * from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
    order by period_month desc
    limit 1
),

published as (
    select * from {{ ref('stg_published_months') }}
    order by period_month desc
    limit 1
)

select
    'The total MRR of ' || cast(newest.period_month as {{ dbt.type_string() }})
    || ' is ' || {{ told('newest.closing_mrr') }}
    || '; the last release ended with ' || cast(published.closing_mrr as {{ dbt.type_string() }})
    || ' in ' || cast(published.period_month as {{ dbt.type_string() }})
    || ': more than ' || cast({{ policy('max_mrr_jump') }} as {{ dbt.type_string() }})
    || ' of that apart' as message,
    newest.period_month,
    newest.closing_mrr,
    published.closing_mrr as published_mrr
from newest
cross join published
where
    coalesce(
        abs(newest.closing_mrr - published.closing_mrr)
        > {{ policy('max_mrr_jump') }} * published.closing_mrr,
        published.closing_mrr is not null
    )
