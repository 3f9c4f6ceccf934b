-- Grain: one row per month and segment of customers, with its balances, movements and counts.
with kinds as (
    select
        *,
        period_month = {{ as_of_month() }} as is_partial
    from {{ ref('int_waterfall__kind_months') }}
)

select
    period_month,
    case
        {% for segment_type in fixed_segment_types() -%}
            when grouping({{ segment_type }}) = 0 then '{{ segment_type }}'
        {% endfor -%}
        else 'all'
    end as segment_type,
    coalesce({{ fixed_segment_types() | join(', ') }}, 'all') as segment_value,
    {{ waterfall_totals() }},
    is_partial
from kinds
group by grouping sets (
    {% for segment_type in fixed_segment_types() -%}
        (period_month, is_partial, {{ segment_type }}),
    {% endfor -%}
    (period_month, is_partial)
)
