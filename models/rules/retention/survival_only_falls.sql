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
    coalesce(segment_type, 'nothing') || ' ' || coalesce(segment_value, 'nothing') || ', month '
    || coalesce(cast(tenure_months as {{ dbt.type_string() }}), 'nothing')
    || ' of tenure: survival '
    || coalesce(cast(survival_rate as {{ dbt.type_string() }}), 'nothing')
    || ' after '
    || coalesce(cast(earlier_rate as {{ dbt.type_string() }}), 'nothing')
    || ', between '
    || coalesce(cast(survival_rate_low as {{ dbt.type_string() }}), 'nothing')
    || ' and '
    || coalesce(cast(survival_rate_high as {{ dbt.type_string() }}), 'nothing')
    || '; '
    || coalesce(cast(churned_customers as {{ dbt.type_string() }}), 'nothing')
    || ' of '
    || coalesce(cast(customers_at_risk as {{ dbt.type_string() }}), 'nothing')
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
