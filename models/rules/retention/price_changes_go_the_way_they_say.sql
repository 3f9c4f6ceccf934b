-- Grain: one row per customer and price change that breaks the rule: its price or its MRR goes the
-- other way than its direction, or it has a month that is not that of its day.
with met as (
    select
        *,
        case direction when 'rise' then 1 when 'cut' then -1 end as sign
    from {{ ref('fct_price_change_customers') }}
)

select
    {{ told('price_change_id') }} || ', ' || {{ told('customer_id') }}
    || ' on ' || {{ told('met_on') }}
    || ': ' || {{ told('mrr_effect') }}
    || ' of MRR' as message,
    price_change_id,
    customer_id
from met
where
    sign is null
    or sign * mrr_effect < 0
    or sign * (unit_price_after - unit_price_before) <= 0
    or period_month <> {{ month_start('met_on') }}
