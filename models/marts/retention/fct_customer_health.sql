{%- set weights = health_weights() -%}
{%- set components = ['usage', 'payment', 'nps', 'tickets', 'tenure'] -%}
-- Grain: one row per customer and complete month at whose end it has MRR.
-- DECISIONS.md#weights-of-the-health-score
with components as (
    select * from {{ ref('int_health__components') }}
),

weighed as (
    select
        components.*,
    {%- for component in components %}
        case when {{ component }}_score is not null then {{ weights[component] }} else 0 end
            as {{ component }}_weight
        {{- ',' if not loop.last }}
    {%- endfor %}
    from components
),

scored as (
    select
        weighed.*,
        {{ ratio(
            'usage_weight * coalesce(usage_score, 0) + payment_weight * coalesce(payment_score, 0)'
            ~ ' + nps_weight * coalesce(nps_score, 0) + tickets_weight * coalesce(tickets_score, 0)'
            ~ ' + tenure_weight * coalesce(tenure_score, 0)',
            'usage_weight + payment_weight + nps_weight + tickets_weight + tenure_weight'
        ) }} as score,
        {%- for component in components %}
            case when {{ component }}_score is null then '{{ component }} ' else '' end
            {{- ' ||' if not loop.last }}
        {%- endfor %} as missing
    from weighed
)

select
    customer_id,
    period_month,
    mrr,
    score,
    case
        when score < 40 then 'at_risk'
        when score < 70 then 'watch'
        when score >= 70 then 'healthy'
    end as band,
    usage_score,
    payment_score,
    nps_score,
    tickets_score,
    tenure_score,
    trim(missing) as missing_components
from scored
