{#- Whether a row is the total of a table that holds totals beside their parts: all of these labels are `all`. -#}
{% macro is_total_row(labels) -%}
    ({{ labels | join(" = 'all' and ") }} = 'all')
{%- endmacro %}
