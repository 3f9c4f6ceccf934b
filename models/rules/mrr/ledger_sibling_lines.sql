-- Grain: one row per ledger row whose discount is an amount that its customer's items share, and
-- change of another of these items at the line that it names.
-- What a discount took off in full begins or ends with its share, without a change of its own.
with ledger as (
    select rows_of_ledger.*
    from {{ ref('fct_mrr_ledger') }} as rows_of_ledger
    where
        rows_of_ledger.discount_effect_native <> 0
        or rows_of_ledger.ledger_id in (
            select unbroken.ledger_id
            from {{ ref('fct_mrr_ledger') }} as unbroken
            inner join {{ ref('int_terms__item_versions') }} as versions
                on
                    unbroken.subscription_id = versions.subscription_id
                    and unbroken.item_id = versions.item_id
                    and unbroken.effective_at > versions.start_at
                    and coalesce(unbroken.effective_at < versions.end_at, true)
        )
),

siblings as (
    select
        customer_id,
        subscription_id,
        item_id,
        start_at as changed_at,
        source_name,
        source_file,
        source_line,
        recorded_at
    from {{ ref('int_terms__item_versions') }}

    union all

    select
        customer_id,
        subscription_id,
        item_id,
        end_at as changed_at,
        source_name,
        end_source_file as source_file,
        end_source_line as source_line,
        end_recorded_at as recorded_at
    from {{ ref('int_terms__item_versions') }}
    where end_at is not null
)

select
    ledger.ledger_id,
    true as is_shown,
    true as is_dated
from ledger
inner join siblings
    on
        ledger.customer_id = siblings.customer_id
        and ledger.effective_at = siblings.changed_at
        and ledger.source_name = siblings.source_name
        and ledger.source_file = siblings.source_file
        and ledger.recorded_at = siblings.recorded_at
        and coalesce(ledger.source_line, 0) = coalesce(siblings.source_line, 0)
        and ledger.subscription_id || '/' || ledger.item_id
        <> siblings.subscription_id || '/' || siblings.item_id
