{#
    Columns of a relation with a customer_id and a period_month, once for each type of segment: a
    select statement. Who answers need not pay, nor be a customer at all: what is not known of them
    is `unknown`, so that the values of every type add up to the total. The rows are many, so each
    finds its customer once, and is multiplied after that.
#}
{% macro in_voice_segments(relation, columns) -%}
{%- set fixed_types = fixed_segment_types() -%}
select
    {{ columns | join(', ') }},
    segment_types.segment_type,
    case segment_types.segment_type
        when 'all' then 'all'
    {%- for segment_type in fixed_types %}
        when '{{ segment_type }}' then coalesce(fixed_{{ segment_type }}, 'unknown')
    {%- endfor %}
        when 'plan' then coalesce(month_plan, 'unknown')
        when 'product' then coalesce(month_product, 'unknown')
    end as segment_value
from (
    select
        {{ relation }}.*,
    {%- for segment_type in fixed_types %}
        customer_segments.{{ segment_type }} as fixed_{{ segment_type }},
    {%- endfor %}
        main_plans.plan_name as month_plan,
        main_plans.product_id as month_product
    from {{ relation }}
    left join {{ ref('int_waterfall__customer_segments') }} as customer_segments
        on {{ relation }}.customer_id = customer_segments.customer_id
    left join {{ ref('int_waterfall__main_plan_months') }} as main_plans
        on
            {{ relation }}.customer_id = main_plans.customer_id
            and {{ relation }}.period_month = main_plans.period_month
) as known
cross join (
    {%- for segment_type in ['all'] + fixed_types + ['plan', 'product'] %}
        select '{{ segment_type }}' as segment_type
        {{- ' union all' if not loop.last }}
    {%- endfor %}
) as segment_types
{%- endmacro %}
