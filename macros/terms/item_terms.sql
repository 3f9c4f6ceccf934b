{#-
    The terms of items as one basis of history tells them, of the sources that use this basis: a select
    statement. Every basis gives the same columns; those it names otherwise, or does not know, are `given`.
-#}
{% macro terms_of_basis(relation, basis, given) -%}
    select
        {%- for column in ['subscription_id', 'item_id', 'valid_from', 'valid_to'] + columns_of_terms() + [
            'is_cancel_requested',
            'is_observed',
            'is_inferred',
            'is_start_unknown',
            'source_name',
            'source_file',
            'source_line',
            'recorded_at',
            'end_source_file',
            'end_source_line',
            'end_recorded_at',
        ] %}
        {{ given[column] ~ ' as ' if column in given }}{{ column }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ relation }}
    where
        source_name in (
            select bases.source_name
            from {{ ref('int_terms__source_bases') }} as bases
            where bases.mrr_basis = '{{ basis }}'
        )
{%- endmacro %}


{#- What a basis says that knows no packages, reads its amounts as they are, and tells an end by the row itself. -#}
{% macro plain_terms() -%}
    {{ return({
        'usage_type': "'licensed'",
        'package_size': 'cast(null as ' ~ type_quantity() ~ ')',
        'package_rounding': 'cast(null as ' ~ dbt.type_string() ~ ')',
        'unread_terms': 'cast(null as ' ~ dbt.type_string() ~ ')',
        'is_cancel_requested': 'false',
        'is_observed': 'false',
        'is_start_unknown': 'false',
        'end_source_file': 'source_file',
        'end_source_line': 'source_line',
        'end_recorded_at': 'recorded_at',
    }) }}
{%- endmacro %}


{#- What an item is sold at: the columns of which another value is another state of the item. -#}
{% macro columns_of_terms() -%}
    {{ return([
        'customer_id',
        'status',
        'price_id',
        'product_id',
        'plan_name',
        'currency',
        'unit_amount',
        'quantity',
        'billing_scheme',
        'usage_type',
        'interval_unit',
        'interval_count',
        'package_size',
        'package_rounding',
        'unread_terms',
    ]) }}
{%- endmacro %}
