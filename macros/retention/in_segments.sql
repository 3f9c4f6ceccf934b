{#
    The rows of a relation with a customer_id, once for each segment the customer is in: a select
    statement. Plan and product change with time: they are those of `month_column` at its end.
#}
{% macro in_segments(relation, month_column) -%}
select
    {{ relation }}.*,
    segments.segment_type,
    segments.segment_value
from {{ relation }}
inner join {{ ref('int_retention__fixed_segments') }} as segments
    on {{ relation }}.customer_id = segments.customer_id

union all

select
    {{ relation }}.*,
    segments.segment_type,
    segments.segment_value
from {{ relation }}
inner join {{ ref('int_retention__changing_segments') }} as segments
    on
        {{ relation }}.customer_id = segments.customer_id
        and {{ relation }}.{{ month_column }} = segments.period_month
{%- endmacro %}
