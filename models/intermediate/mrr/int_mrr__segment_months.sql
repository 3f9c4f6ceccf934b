-- Grain: one row per month and segment of customers, with its balances, movements and counts.
-- Customers that share all their segments are added up first: they are few kinds, and customer
-- months are many.
with months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
),

segments as (
    select
        *,
        dense_rank() over (order by {{ fixed_segment_types() | join(', ') }}) as kind
    from {{ ref('int_mrr__customer_segments') }}
),

kinds as (
    select distinct
        kind,
        {{ fixed_segment_types() | join(', ') }}
    from segments
),

sums as (
    select
        months.period_month,
        months.is_partial,
        segments.kind,
        {{ waterfall_sums() }}
    from months
    inner join segments on months.customer_id = segments.customer_id
    group by
        months.period_month,
        months.is_partial,
        segments.kind
),

joined as (
    select
        {% for segment_type in fixed_segment_types() -%}
            kinds.{{ segment_type }},
        {% endfor -%}
        sums.*
    from sums
    inner join kinds on sums.kind = kinds.kind
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
from joined
group by grouping sets (
    {% for segment_type in fixed_segment_types() -%}
        (period_month, is_partial, {{ segment_type }}),
    {% endfor -%}
    (period_month, is_partial)
)
