{% macro sum_of_movements(movement_type) -%}
    cast(sum(case when movement_type = '{{ movement_type }}' then mrr_delta else 0 end) as {{ type_money() }})
{%- endmacro %}


{% macro count_of_movements(movement_type) -%}
    cast(sum(case when movement_type = '{{ movement_type }}' then 1 else 0 end) as integer)
{%- endmacro %}


{#- The sums and counts of the roll-forward over any group of customer months. -#}
{% macro waterfall_sums() -%}
    {%- for amount in [
        'opening_mrr',
        'new_mrr',
        'expansion_mrr',
        'contraction_mrr',
        'churned_mrr',
        'reactivation_mrr',
        'fx_mrr',
        'closing_mrr',
        'committed_mrr',
    ] %}
    cast(sum({{ amount }}) as {{ type_money() }}) as {{ amount }},
    {%- endfor %}
    cast(sum(case when opening_mrr > 0 then 1 else 0 end) as bigint) as opening_customers,
    cast(sum(times_new) as bigint) as new_customers,
    cast(sum(times_churned) as bigint) as churned_customers,
    cast(sum(times_reactivated) as bigint) as reactivated_customers,
    cast(sum(case when closing_mrr > 0 then 1 else 0 end) as bigint) as closing_customers
{%- endmacro %}
