-- Grain: one row per segment and month of tenure that breaks the rule: survival rises, or lies
-- outside its bounds.
with survival as (
    select * from {{ ref('fct_survival') }}
),

followed as (
    select
        *,
        lag(survival_rate) over (
            partition by segment_type, segment_value order by tenure_months
        ) as earlier_rate
    from survival
)

select
    {{ told('segment_type') }} || ' ' || {{ told('segment_value') }} || ', month '
    || {{ told('tenure_months') }}
    || ' of tenure: survival '
    || {{ told('survival_rate') }}
    || ' after '
    || {{ told('earlier_rate') }}
    || ', between '
    || {{ told('survival_rate_low') }}
    || ' and '
    || {{ told('survival_rate_high') }}
    || '; '
    || {{ told('churned_customers') }}
    || ' of '
    || {{ told('customers_at_risk') }}
    || ' customers left' as message,
    segment_type,
    segment_value,
    tenure_months
from followed
where
    survival_rate > earlier_rate + 1e-12
    or survival_rate < survival_rate_low - 1e-12
    or survival_rate > survival_rate_high + 1e-12
    or (survival_rate is null) <> (survival_rate_low is null)
    or (survival_rate is null) <> (survival_rate_high is null)
    or coalesce(churned_customers not between 0 and customers_at_risk, true)
