{# Whether so many months of tenure lie in a band of the seed tenure_bands; the last band has no end. #}
{% macro in_tenure_band(months, bands) -%}
{{ months }} >= {{ bands }}.from_months
and ({{ bands }}.below_months is null or {{ months }} < {{ bands }}.below_months)
{%- endmacro %}
