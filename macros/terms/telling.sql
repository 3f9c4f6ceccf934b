{#- Of rows that are added up, the rank of each as their teller: the last to be delivered tells the sum. -#}
{% macro rank_as_teller(key) -%}
    row_number() over (
        partition by {{ key }}
        order by recorded_at desc, source_file asc, source_line asc
    )
{%- endmacro %}


{#- The file, line and delivery of the row that tells a sum; `rank` is its rank as its teller. -#}
{% macro lineage_of_teller(rank='rank') -%}
    max(case when {{ rank }} = 1 then source_file end) as source_file,
    max(case when {{ rank }} = 1 then source_line end) as source_line,
    max(recorded_at) as recorded_at
{%- endmacro %}
