{#- What one kind of movement comes to among `sums`, 0 where there is none. -#}
{% macro movement_sum(movement) -%}
    {{ money_sum("case when sums.movement = '" ~ movement ~ "' then sums.amount else 0 end") }}
{%- endmacro %}


{#- The revenue of some classes, 0 where there is none. -#}
{% macro class_sum(classes) -%}
    {{ money_sum(
        "case when revenue_class in ('" ~ classes | join("', '") ~ "') then amount else 0 end"
    ) }}
{%- endmacro %}


{% macro kind_sum(kind) -%}
    {{ money_sum("case when revenue_kind = '" ~ kind ~ "' then amount else 0 end") }}
{%- endmacro %}
