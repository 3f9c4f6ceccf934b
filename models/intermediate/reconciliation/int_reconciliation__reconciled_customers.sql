-- Grain: one row per source, history that it delivers beside the basis of its MRR, customer and
-- currency: what both come to, native. Changes at the end of the last full month; invoices in the
-- last full period of each subscription; what the source reports, on the as-of day.
with other_histories as (
    select * from {{ ref('int_reconciliation__other_histories') }}
    where
        compared_with = 'mrr_reported'
        or (
            compared_with = 'changes'
            and month_index < {{ month_index(as_of_date()) }}
        )
),

bases as (
    select * from {{ ref('int_terms__source_bases') }}
),

reported as (
    select subscription_id
    from {{ ref('stg_subscriptions') }}
    where
        mrr_reported is not null
        and not is_deleted
),

compared_sources as (
    select distinct
        source_name,
        compared_with
    from other_histories
),

deltas as (
    select
        source_name,
        compared_with,
        customer_id,
        currency,
        cast(0 as {{ type_money() }}) as mrr,
        mrr_delta as compared_mrr
    from other_histories

    union all

    select
        compared_sources.source_name,
        compared_sources.compared_with,
        ledger.customer_id,
        ledger.currency,
        ledger.mrr_delta_native as mrr,
        cast(0 as {{ type_money() }}) as compared_mrr
    from {{ ref('fct_mrr_ledger') }} as ledger
    inner join compared_sources
        on ledger.source_name = compared_sources.source_name
    left join reported
        on ledger.subscription_id = reported.subscription_id
    where
        (compared_sources.compared_with = 'mrr_reported' and reported.subscription_id is not null)
        or (
            compared_sources.compared_with = 'changes'
            and {{ month_index('ledger.effective_date') }} < {{ month_index(as_of_date()) }}
        )
),

summed as (
    select
        source_name,
        compared_with,
        customer_id,
        currency,
        {{ money_sum('mrr') }} as mrr,
        {{ money_sum('compared_mrr') }} as compared_mrr
    from deltas
    group by
        source_name,
        compared_with,
        customer_id,
        currency

    union all

    select
        source_name,
        'invoice_lines' as compared_with,
        customer_id,
        currency,
        mrr,
        compared_mrr
    from {{ ref('int_reconciliation__invoiced_customers') }}
)

select
    summed.source_name,
    summed.compared_with,
    bases.mrr_basis,
    summed.customer_id,
    summed.currency,
    cast(
        {{ month_index(as_of_date()) }}
        - case when summed.compared_with = 'mrr_reported' then 0 else 1 end as integer
    ) as month_index,
    summed.mrr,
    summed.compared_mrr
from summed
inner join bases on summed.source_name = bases.source_name
where
    summed.mrr <> 0
    or summed.compared_mrr <> 0
