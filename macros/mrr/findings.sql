{#- The finding of one type for the item versions that a condition names, as a select. -#}
{% macro finding_of_versions(finding_type, condition) -%}
    select
        '{{ finding_type }}' as finding_type,
        customer_id,
        subscription_id,
        item_id,
        start_at as since,
        source_name,
        source_file,
        source_line
    from {{ ref('int_mrr__item_versions') }}
    where {{ condition }}
{%- endmacro %}
