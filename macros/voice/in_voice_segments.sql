{#
    The rows of a relation with a customer_id and a period_month, once for each type of segment: a
    select statement. Who answers need not pay, nor be a customer at all: what is not known of them
    is `unknown`, so that the values of every type add up to the total.
#}
{% macro in_voice_segments(relation) -%}
select
    {{ relation }}.*,
    segment_types.segment_type,
    case
        when segment_types.segment_type = 'all' then 'all'
        else coalesce(fixed_segments.segment_value, plan_months.segment_value, 'unknown')
    end as segment_value
from {{ relation }}
cross join (
    {%- for segment_type in [
        'all', 'country', 'sales_model', 'acquisition_channel', 'reseller', 'currency',
        'cohort_year', 'size_band', 'plan', 'product'
    ] %}
        select '{{ segment_type }}' as segment_type
        {{- ' union all' if not loop.last }}
    {%- endfor %}
) as segment_types
left join {{ ref('int_voice__customer_segments') }} as fixed_segments
    on
        {{ relation }}.customer_id = fixed_segments.customer_id
        and segment_types.segment_type = fixed_segments.segment_type
left join {{ ref('int_retention__plan_months') }} as plan_months
    on
        {{ relation }}.customer_id = plan_months.customer_id
        and {{ relation }}.period_month = plan_months.period_month
        and segment_types.segment_type = plan_months.segment_type
{%- endmacro %}
