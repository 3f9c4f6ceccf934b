{#-
    Whether a row of `stages` is the stage that a row of a relation tells, by its id or by its label: in the
    pipeline that is told with it, else in any; the stage of pipeline `*` is that of all.
-#}
{% macro is_stage_told(relation, pipeline) -%}
    {{ relation }}.source_name = stages.source_name
    and ({{ relation }}.stage = stages.stage or {{ relation }}.stage = stages.label)
    and ({{ pipeline }} is null or {{ pipeline }} = stages.pipeline or stages.pipeline = '*')
{%- endmacro %}
