{#- Of rows that are added up, the place of each as their teller: the last to be delivered tells the sum. -#}
{% macro place_as_teller(key) -%}
    row_number() over (
        partition by {{ key }}
        order by recorded_at desc, source_file asc, source_line asc
    )
{%- endmacro %}


{#- The file, line and delivery of the row that tells a sum; `place` is its place as its teller. -#}
{% macro lineage_of_teller(place='place') -%}
    max(case when {{ place }} = 1 then source_file end) as source_file,
    max(case when {{ place }} = 1 then source_line end) as source_line,
    max(recorded_at) as recorded_at
{%- endmacro %}
