-- Grain: one row per customer and month that breaks the rule: its score is not from 0 to 100, or a
-- component without a figure is not named, or one with a figure is.
with health as (
    select
        *,
        coalesce(missing_components, '') as missing
    from {{ ref('fct_customer_health') }}
)

select
    {{ told('period_month') }}
    || ', ' || {{ told('customer_id') }} || ': score '
    || {{ told('score') }}
    || ', usage '
    || {{ told('usage_score') }}
    || ', payment '
    || {{ told('payment_score') }}
    || ', NPS '
    || {{ told('nps_score') }}
    || ', tickets '
    || {{ told('tickets_score') }}
    || ', tenure '
    || {{ told('tenure_score') }}
    || '; named as missing: ' || missing as message,
    period_month,
    customer_id
from health
where
    (usage_score is null) <> (missing like '%usage%')
    or (payment_score is null) <> (missing like '%payment%')
    or (nps_score is null) <> (missing like '%nps%')
    or (tickets_score is null) <> (missing like '%tickets%')
    or (tenure_score is null) <> (missing like '%tenure%')
    or score < -1e-9
    or score > 100 + 1e-9
