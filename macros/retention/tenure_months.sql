{#
    How long a life is, in months: those that a customer has completed by `last_day`, and where it has left, the
    one that it had begun as well.
#}
{% macro tenure_months(started_on, last_day, is_churned) -%}
cast(
    {{ months_between(started_on, last_day) }}
    + case
        when {{ is_churned }} and extract(day from {{ last_day }}) > extract(day from {{ started_on }})
            then 1
        when not {{ is_churned }} and extract(day from {{ last_day }}) < extract(day from {{ started_on }})
            then -1
        else 0
    end
    as bigint
)
{%- endmacro %}
