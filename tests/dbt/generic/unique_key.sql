{% test unique_key(model, columns) %}
-- A key of several columns: no value is absent and no combination comes twice.
select
    {{ columns | join(', ') }},
    count(*) as rows_of_key
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
{%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
