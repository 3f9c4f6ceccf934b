{#- MRR for the months from one instant to a later one, a part of a month by its share of that month; not rounded. -#}
{% macro mrr_of_span(mrr, from_instant, to_instant) -%}
    {%- set months = whole_months(from_instant, to_instant) -%}
    {%- set reached = add_period(from_instant, "'month'", months) -%}
    {%- set following = add_period(from_instant, "'month'", '(' ~ months ~ ' + 1)') -%}
    cast(
        cast({{ mrr }} as {{ type_double() }}) * (
            {{ months }}
            + {{ seconds_between(reached, to_instant) }} / {{ seconds_between(reached, following) }}
        ) as {{ type_exact() }}
    )
{%- endmacro %}
