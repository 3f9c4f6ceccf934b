{#- The day whose rates the constant-currency figures use (policy constant_currency_date). -#}
{% macro constant_currency_date() -%}
    {%- if policy('constant_currency_date') is none -%}
        cast(date_trunc('year', {{ as_of_date() }}) as date)
    {%- else -%}
        cast('{{ policy("constant_currency_date") }}' as date)
    {%- endif -%}
{%- endmacro %}
