{{ config(materialized='table') }}

-- Grain: one row per source with billing history, and the one basis its MRR is computed from.
-- The basis that the settings name counts where the source delivers it, else the most exact one
-- that it does deliver: items, then changes, then lines.
-- DECISIONS.md#the-basis-of-a-source
with delivered as (
    select distinct
        source_name,
        'items' as mrr_basis,
        2 as preference
    from {{ ref('stg_subscription_items') }}

    union all

    select distinct
        source_name,
        'changes' as mrr_basis,
        3 as preference
    from {{ ref('stg_subscription_changes') }}

    union all

    select distinct
        source_name,
        'invoice_lines' as mrr_basis,
        4 as preference
    from {{ ref('stg_invoice_lines') }}
),

ranked as (
    select
        source_name,
        mrr_basis,
        row_number() over (
            partition by source_name
            order by
                case
                    when mrr_basis = {{ configured_basis('source_name') }} then 1
                    else preference
                end
        ) as rank
    from delivered
)

select
    source_name,
    mrr_basis
from ranked
where rank = 1
