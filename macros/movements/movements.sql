{#- Whether an item passes to another plan or product. -#}
{% macro is_plan_change() -%}
    (
        coalesce(product_id, '') <> coalesce(previous_product_id, '')
        or coalesce(plan_name, '') <> coalesce(previous_plan_name, '')
    )
{%- endmacro %}


{#- Whether it passes to another plan, product or billing interval. -#}
{% macro is_plan_or_interval_change() -%}
    (
        {{ is_plan_change() }}
        or coalesce(billing_interval, '') <> coalesce(previous_billing_interval, '')
    )
{%- endmacro %}


{#- MRR by type of movement, a column each. -#}
{% macro sums_of_movements() -%}
    {%- for movement_type, column in movement_columns().items() %}
    cast(sum(case when movement_type = '{{ movement_type }}' then mrr_delta else 0 end) as {{ type_money() }})
        as {{ column }},
    {%- endfor %}
{%- endmacro %}


{% macro count_of_movements(movement_type) -%}
    cast(sum(case when movement_type = '{{ movement_type }}' then 1 else 0 end) as integer)
{%- endmacro %}


{#- The customers of movements that were added up by type. -#}
{% macro customers_of_movements(movement_type) -%}
    cast(sum(case when movement_type = '{{ movement_type }}' then customers else 0 end) as bigint)
{%- endmacro %}


{#- The columns of the roll-forward that are MRR. -#}
{% macro waterfall_amounts() -%}
    {{ return([
        'opening_mrr',
        'new_mrr',
        'expansion_mrr',
        'contraction_mrr',
        'churned_mrr',
        'reactivation_mrr',
        'fx_mrr',
        'closing_mrr',
        'committed_mrr',
    ]) }}
{%- endmacro %}


{#- Its columns that count customers. -#}
{% macro waterfall_counts() -%}
    {{ return([
        'opening_customers',
        'new_customers',
        'churned_customers',
        'reactivated_customers',
        'closing_customers',
    ]) }}
{%- endmacro %}


{#- The sums and counts of the roll-forward over any group of customer months. -#}
{% macro waterfall_sums() -%}
    {{ sums_of_amounts() }}
    cast(sum(case when opening_mrr > 0 then 1 else 0 end) as bigint) as opening_customers,
    cast(sum(times_new) as bigint) as new_customers,
    cast(sum(times_churned) as bigint) as churned_customers,
    cast(sum(times_reactivated) as bigint) as reactivated_customers,
    cast(sum(case when closing_mrr > 0 then 1 else 0 end) as bigint) as closing_customers
{%- endmacro %}


{#- The same over groups of them. -#}
{% macro waterfall_totals() -%}
    {{ sums_of_amounts() }}
    {%- for customers in waterfall_counts() %}
    cast(sum({{ customers }}) as bigint) as {{ customers }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}


{#- The sums of MRR, alike over customer months and over groups of them. -#}
{% macro sums_of_amounts() -%}
    {%- for amount in waterfall_amounts() %}
    cast(sum({{ amount }}) as {{ type_money() }}) as {{ amount }},
    {%- endfor %}
{%- endmacro %}


{#- The types of movement, each with the column of the customer months that adds it up. -#}
{% macro movement_columns() -%}
    {{ return({
        'new': 'new_mrr',
        'expansion': 'expansion_mrr',
        'contraction': 'contraction_mrr',
        'churn': 'churned_mrr',
        'reactivation': 'reactivation_mrr',
    }) }}
{%- endmacro %}


{% macro one_row_per_movement_type(relation) -%}
    {%- for movement_type, column in movement_columns().items() %}
    select
        period_month,
        '{{ movement_type }}' as movement_type,
        {{ column }} as day_grain_mrr
    from {{ relation }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
{%- endmacro %}
