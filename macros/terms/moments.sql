{#-
    One row for each moment at which what is billed is compared with the terms in force: the columns of a relation, the
    moment's number in the order given, and when it is. A moment that is not known is none.
-#}
{% macro one_row_per_moment(relation, moments) -%}
    {%- for moment in moments %}
    select
        {{ relation }}.*,
        {{ loop.index }} as moment,
        {{ relation }}.{{ moment }} as moment_at
    from {{ relation }}
    where {{ relation }}.{{ moment }} is not null
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
{%- endmacro %}
