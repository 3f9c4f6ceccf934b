{#- The index of the first month of the fiscal year that a month (its index) lies in. -#}
{% macro fiscal_year_start_index(index) -%}
    ({{ index }} - ({{ index }} - ({{ policy('fiscal_year_start') }} - 1)) % 12)
{%- endmacro %}


{#- The index of the first month of the fiscal quarter that a month (its index) lies in. -#}
{% macro fiscal_quarter_start_index(index) -%}
    ({{ index }} - ({{ index }} - ({{ policy('fiscal_year_start') }} - 1)) % 3)
{%- endmacro %}


{#- The fiscal year that begins with a month (its index), called after the year in which it ends. -#}
{% macro fiscal_year(start_index) -%}
    cast(extract(year from {{ month_from_index('(' ~ start_index ~ ' + 11)') }}) as integer)
{%- endmacro %}


{#- The number (1 to 4) of the fiscal quarter that begins with a month (its index). -#}
{% macro fiscal_quarter(start_index) -%}
    case ({{ start_index }} - ({{ policy('fiscal_year_start') }} - 1)) % 12
        when 0 then 1
        when 3 then 2
        when 6 then 3
        when 9 then 4
    end
{%- endmacro %}
