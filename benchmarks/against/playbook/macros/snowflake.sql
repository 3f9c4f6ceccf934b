{# What the playbook and its dbt_utils call and DuckDB has under another name. #}

{% macro dateadd_of_snowflake() %}
    create or replace macro dateadd(part, months, day) as day + to_months(months)
{% endmacro %}

{% macro duckdb__datediff(first_date, second_date, datepart) %}
    date_diff('{{ datepart }}', cast({{ first_date }} as timestamp), cast({{ second_date }} as timestamp))
{% endmacro %}

{% macro duckdb__dateadd(datepart, interval, from_date_or_timestamp) %}
    cast({{ from_date_or_timestamp }} as timestamp) + interval ({{ interval }}) {{ datepart }}
{% endmacro %}
