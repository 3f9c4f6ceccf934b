{#- What one kind of movement comes to among `sums`, 0 where there is none. -#}
{% macro movement_sum(movement) -%}
    {{ money_sum("case when sums.movement = '" ~ movement ~ "' then sums.amount else 0 end") }}
{%- endmacro %}


{#- The classes of revenue that is earned; the others take revenue back. -#}
{% macro earning_classes() -%}
    {{ return(['earned', 'accelerated', 'breakage']) }}
{%- endmacro %}


{#- Whether revenue is of a class that is earned. -#}
{% macro is_earning(revenue_class) -%}
    {{ revenue_class }} in ('{{ earning_classes() | join("', '") }}')
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
