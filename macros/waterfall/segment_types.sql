{#- The types of segment that are a customer's own: columns of int_waterfall__customer_segments. -#}
{% macro fixed_segment_types() -%}
    {{ return([
        'country',
        'sales_model',
        'acquisition_channel',
        'reseller',
        'currency',
        'cohort_year',
        'size_band',
    ]) }}
{%- endmacro %}


{#- The segment of who sold to a customer. -#}
{% macro reseller_segment(reseller_id) -%}
    coalesce({{ reseller_id }}, 'direct')
{%- endmacro %}
