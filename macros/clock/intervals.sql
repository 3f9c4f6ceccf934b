{#- Whether two half-open intervals share an instant; an open side is NULL. -#}
{% macro overlaps(one, other) -%}
    (
        ({{ one }}.start_at is null or {{ other }}.end_at is null or {{ one }}.start_at < {{ other }}.end_at)
        and ({{ other }}.start_at is null or {{ one }}.end_at is null or {{ other }}.start_at < {{ one }}.end_at)
    )
{%- endmacro %}
