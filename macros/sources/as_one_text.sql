{#- Columns of a row as one text, by which two rows are compared; NULL and an empty text are the same. -#}
{% macro as_one_text(columns) -%}
    (
        {%- for column in columns %}
        coalesce(cast({{ column }} as {{ dbt.type_string() }}), '')
        {%- if not loop.last %} || '|' ||{% endif %}
        {%- endfor %}
    )
{%- endmacro %}
