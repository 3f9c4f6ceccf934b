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
    from {{ ref('int_terms__item_versions') }}
    where {{ condition }}
{%- endmacro %}


{#-
    The finding of one type for the subscriptions that `condition` names and that `having` (a relation of
    subscription ids) lacks, where MRR is computed from items, as a select.
-#}
{% macro finding_of_subscriptions(finding_type, condition, having) -%}
    select
        '{{ finding_type }}' as finding_type,
        subscriptions.customer_id,
        subscriptions.subscription_id,
        cast(null as {{ dbt.type_string() }}) as item_id,
        subscriptions.started_at as since,
        subscriptions.source_name,
        subscriptions.source_file,
        subscriptions.source_line
    from {{ ref('stg_subscriptions') }} as subscriptions
    left join {{ ref('int_terms__source_bases') }} as bases
        on subscriptions.source_name = bases.source_name
    left join {{ having }}
        on subscriptions.subscription_id = {{ having }}.subscription_id
    where
        {{ condition }}
        and not subscriptions.is_deleted
        and coalesce(bases.mrr_basis, 'items') = 'items'
        and {{ having }}.subscription_id is null
{%- endmacro %}
