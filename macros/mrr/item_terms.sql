{#-
    The terms of items as one basis of history tells them, of the sources that use this basis: a select
    statement. Every basis gives the same columns; those it names otherwise, or does not know, are `given`.
-#}
{% macro terms_of_basis(relation, basis, given) -%}
    select
        {%- for column in [
            'subscription_id',
            'item_id',
            'valid_from',
            'valid_to',
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
            'is_cancel_requested',
            'is_observed',
            'is_inferred',
            'source_name',
            'source_file',
            'source_line',
            'recorded_at',
        ] %}
        {{ given[column] ~ ' as ' if column in given }}{{ column }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ relation }}
    where
        source_name in (
            select bases.source_name
            from {{ ref('int_mrr__source_bases') }} as bases
            where bases.mrr_basis = '{{ basis }}'
        )
{%- endmacro %}
