-- Grain: one row per month in which nobody had MRR and nothing moved, between the first month and
-- now.
-- Without them a company that lost its last customer and won another would seem to skip months.
with months as (
    select distinct {{ month_index('period_month') }} as month_index
    from {{ ref('int_waterfall__kind_months') }}
),

bounds as (
    select min(month_index) as first_month_index
    from months
    having count(*) > 0
),

every_month as (
    select
        {{ expand_integers('first_month_index', month_index(as_of_date())) }} as month_index
    from bounds
)

select {{ month_from_index('every_month.month_index') }} as period_month
from every_month
left join months on every_month.month_index = months.month_index
where months.month_index is null
