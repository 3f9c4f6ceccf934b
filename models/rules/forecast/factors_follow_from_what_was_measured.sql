-- Grain: one row per origin month, segment and ages that breaks the rule: a factor is not what was
-- measured and the rest, each by its weight, more is kept than there was, or gains make it less.
-- Amounts have four decimals, so a measurement of less than 1 tells nothing.
with factors as (
    select
        *,
        case
            when opening_mrr >= 1
                then weight * (1 + greatest({{ ratio('lost_mrr', 'opening_mrr') }}, -1))
        end as measured_part
    from {{ ref('fct_forecast_factors') }}
)

select
    {{ told_segment('origin_month') }}
    || ', cohorts ' || {{ told('cohort_ages') }}
    || ' months old: keeps ' || {{ told('kept_factor') }}
    || ' and makes ' || {{ told('development_factor') }}
    || '; weight ' || {{ told('weight') }}
    || ' of what was measured, ' || {{ told('lost_mrr') }}
    || ' of ' || {{ told('opening_mrr') }}
    || ', the rest ' || {{ told('other_kept_factor') }} as message,
    origin_month,
    segment_type,
    segment_value
from factors
where
    weight < 0
    or weight > 1
    or kept_factor < 0
    or kept_factor > 1
    or development_factor < kept_factor - 0.000001
    or (weight = 0 and kept_factor <> other_kept_factor)
    or abs(measured_part + (1 - weight) * other_kept_factor - kept_factor) > 0.001
