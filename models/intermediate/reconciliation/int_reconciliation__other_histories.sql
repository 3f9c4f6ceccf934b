-- Grain: one row per source, history that it delivers beside the basis of its MRR, customer,
-- currency and month: by how much MRR changed in it.
-- A source reports the MRR that its subscriptions have now, so that is one change, in the month of
-- as_of.
-- DECISIONS.md#reconciliation-with-other-histories
with bases as (
    select * from {{ ref('int_terms__source_bases') }}
),

excluded as (
    select * from {{ ref('int_terms__excluded_customers') }}
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

-- Not every source names the currency of a subscription beside those of its items.
item_currencies as (
    select
        subscription_id,
        min(currency) as currency
    from {{ ref('stg_subscription_items') }}
    where
        subscription_id in (
            select reported.subscription_id
            from {{ ref('stg_subscriptions') }} as reported
            where reported.mrr_reported is not null
        )
    group by subscription_id
),

-- An amount of which nobody says the currency is compared with nothing.
reported as (
    select
        subscriptions.source_name,
        subscriptions.customer_id,
        coalesce(subscriptions.currency, item_currencies.currency) as currency,
        subscriptions.mrr_reported
    from {{ ref('stg_subscriptions') }} as subscriptions
    left join item_currencies on subscriptions.subscription_id = item_currencies.subscription_id
    where
        subscriptions.mrr_reported is not null
        and not subscriptions.is_deleted
        and coalesce(subscriptions.currency, item_currencies.currency) is not null
),

invoiced as (
    select
        source_name,
        customer_id,
        currency,
        service_start_at,
        service_end_at,
        {{ monthly('net_amount', 'interval_unit', 'interval_count') }} as mrr
    from {{ ref('int_terms__invoiced_items') }}
    where status = 'active'
),

deltas as (
    select
        'changes' as compared_with,
        source_name,
        customer_id,
        currency,
        occurred_at as changed_at,
        mrr_delta
    from {{ ref('stg_subscription_changes') }}

    union all

    select
        'invoice_lines' as compared_with,
        source_name,
        customer_id,
        currency,
        service_start_at as changed_at,
        mrr as mrr_delta
    from invoiced

    union all

    select
        'invoice_lines' as compared_with,
        source_name,
        customer_id,
        currency,
        service_end_at as changed_at,
        -mrr as mrr_delta
    from invoiced

    union all

    select
        'mrr_reported' as compared_with,
        source_name,
        customer_id,
        currency,
        {{ as_of() }} as changed_at,
        mrr_reported as mrr_delta
    from reported
),

dated as (
    select
        deltas.source_name,
        deltas.compared_with,
        bases.mrr_basis,
        coalesce(customer_merges.survivor_customer_id, deltas.customer_id) as customer_id,
        deltas.currency,
        {{ month_index(local_date('deltas.changed_at')) }} as month_index,
        deltas.mrr_delta
    from deltas
    inner join bases
        on
            deltas.source_name = bases.source_name
            and deltas.compared_with <> bases.mrr_basis
    left join customer_merges on deltas.customer_id = customer_merges.merged_customer_id
    left join excluded on deltas.customer_id = excluded.customer_id
    where
        excluded.customer_id is null
        and deltas.changed_at <= {{ as_of() }}
)

select
    source_name,
    compared_with,
    mrr_basis,
    customer_id,
    currency,
    month_index,
    cast(sum(mrr_delta) as {{ type_money() }}) as mrr_delta
from dated
group by
    source_name,
    compared_with,
    mrr_basis,
    customer_id,
    currency,
    month_index
