{%- set groups = [
    ('activated', 90), ('activated', 180), ('not_activated', 90), ('not_activated', 180)
] -%}
-- Grain: one row per month of the first trial or MRR and segment.
-- DECISIONS.md#the-first-key-action
with onboarding as (
    select * from {{ ref('fct_onboarding') }}
),

-- Types that come with the first MRR would tell only the trials that converted.
segments as (
    select * from {{ ref('int_retention__fixed_segments') }}
    where segment_type not in ('cohort_year', 'size_band')
),

totals as (
    select
        onboarding.period_month,
        segments.segment_type,
        segments.segment_value,
        cast(count(*) as bigint) as customers,
        {{ count_where("onboarding.activation_state = 'activated'") }} as activated_customers,
        {{ count_where("onboarding.activation_state = 'not_activated'") }}
            as not_activated_customers,
        {{ count_where("onboarding.activation_state = 'open'") }} as open_customers,
        {{ count_where("onboarding.activation_state = 'unknown'") }} as unknown_customers,
        {{ median_of(
            "case when onboarding.activation_state <> 'open' then onboarding.days_to_activation end"
        ) }} as median_days_to_activation,
    {%- for state, days in groups %}
        {{ retention_by_activation(state, days) }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from onboarding
    inner join segments on onboarding.customer_id = segments.customer_id
    group by
        onboarding.period_month,
        segments.segment_type,
        segments.segment_value
)

select
    period_month,
    segment_type,
    segment_value,
    {{ is_total_row(['segment_type']) }} as is_total,
    ---------- who did it in time
    customers,
    activated_customers,
    not_activated_customers,
    open_customers,
    unknown_customers,
    {{ count_rate_with_bounds(
        'activated_customers', '(activated_customers + not_activated_customers)', 'activation_rate'
    ) }},
    median_days_to_activation,
    open_customers = 0 as is_mature,
    ---------- who stayed
{%- for state, days in groups %}
    {{ state }}_customers_{{ days }}d,
    {{ state }}_retained_{{ days }}d,
    {{ count_rate_with_bounds(
        state ~ '_retained_' ~ days ~ 'd',
        state ~ '_customers_' ~ days ~ 'd',
        state ~ '_retention_rate_' ~ days ~ 'd'
    ) }}
    {{- ',' if not loop.last }}
{%- endfor %}
from totals
