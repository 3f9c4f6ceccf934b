-- Grain: one row per month and type of segment that breaks the rule: its segments have other
-- customers than began in the month, or customers without one state.
with months as (
    select
        period_month,
        cast(count(*) as bigint) as customers,
        {{ count_where("activation_state = 'activated'") }} as activated_customers
    from {{ ref('fct_onboarding') }}
    group by period_month
),

sums as (
    select
        period_month,
        segment_type,
        cast(sum(customers) as bigint) as customers,
        cast(sum(activated_customers) as bigint) as activated_customers,
        cast(
            sum(
                activated_customers + not_activated_customers
                + open_customers + unknown_customers
            ) as bigint
        ) as customers_with_a_state
    from {{ ref('fct_onboarding_monthly') }}
    group by
        period_month,
        segment_type
),

types as (
    select distinct segment_type from sums
)

select
    {{ told('months.period_month') }}
    || ', segments of ' || {{ told('types.segment_type') }}
    || ': ' || {{ told('sums.customers') }}
    || ' customers, ' || {{ told('sums.customers_with_a_state') }}
    || ' with a state, ' || {{ told('sums.activated_customers') }}
    || ' activated; in the month ' || {{ told('months.customers') }}
    || ' began and ' || {{ told('months.activated_customers') }}
    || ' were activated' as message,
    months.period_month,
    types.segment_type
from months
cross join types
left join sums
    on
        months.period_month = sums.period_month
        and types.segment_type = sums.segment_type
where
    sums.customers is distinct from months.customers
    or sums.customers_with_a_state is distinct from months.customers
    or sums.activated_customers is distinct from months.activated_customers
