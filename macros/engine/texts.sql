{#- The first texts of a group in their order, with `, ` between them; an aggregate. -#}
{% macro first_texts(text, count=20) -%}
    {{ return(adapter.dispatch('first_texts')(text, count)) }}
{%- endmacro %}


{% macro duckdb__first_texts(text, count) -%}
    array_to_string((array_agg({{ text }} order by {{ text }}))[1:{{ count }}], ', ')
{%- endmacro %}


{% macro spark__first_texts(text, count) -%}
    array_join(slice(array_sort(collect_list({{ text }})), 1, {{ count }}), ', ')
{%- endmacro %}
