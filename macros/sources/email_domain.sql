{#- What follows the at sign, lower case; NULL where there is none. -#}
{% macro email_domain(email) -%}
    case
        when {{ email }} like '%@%'
            then lower(substring({{ email }}, {{ dbt.position("'@'", email) }} + 1))
    end
{%- endmacro %}
