-- Grain: one row per delivered table, currency and local day whose money waits for a rate.
-- DECISIONS.md#what-waits-for-a-rate
with mrr_tables as (
    select
        customers.customer_id,
        case bases.mrr_basis
            when 'items' then 'subscription_items'
            when 'changes' then 'subscription_changes'
            when 'invoice_lines' then 'invoice_lines'
        end as table_name
    from {{ ref('int_customers__customers') }} as customers
    left join {{ ref('int_terms__source_bases') }} as bases
        on customers.source_name = bases.source_name
),

rates as (
    select
        currency,
        rate_day
    from {{ ref('int_fx__day_rates') }}
),

mrr_amounts as (
    select
        customer_id,
        currency,
        effective_date as rate_day
    from {{ ref('int_movements__customer_currency_days') }}
    where rate is null
    union all
    select
        customer_id,
        currency,
        least({{ month_end_from_index('month_index') }}, {{ as_of_date() }})
            as rate_day
    from {{ ref('int_movements__customer_currency_months') }}
    where closing_native > 0
),

amounts as (
    select
        mrr_tables.table_name,
        mrr_amounts.currency,
        mrr_amounts.rate_day
    from mrr_amounts
    left join mrr_tables
        on mrr_amounts.customer_id = mrr_tables.customer_id
    union all
    select
        'invoices' as table_name,
        currency,
        {{ local_date('issued_at') }} as rate_day
    from {{ ref('stg_invoices') }}
    where total <> 0 and status <> 'draft' and issued_at <= {{ as_of() }}
    union all
    select
        'invoices' as table_name,
        currency,
        {{ local_date('paid_at') }} as rate_day
    from {{ ref('stg_invoices') }}
    where total <> 0 and status = 'paid' and paid_at <= {{ as_of() }}
    union all
    select
        'invoice_lines' as table_name,
        lines.currency,
        {{ local_date('coalesce(lines.service_start_at, invoices.issued_at)') }} as rate_day
    from {{ ref('int_terms__invoice_lines') }} as lines
    inner join {{ ref('stg_invoices') }} as invoices
        on lines.invoice_id = invoices.invoice_id
    where
        lines.kind = 'usage'
        and lines.amount_ex_tax <> 0
        and invoices.status in ('open', 'paid', 'uncollectible')
        and coalesce(lines.service_start_at, invoices.issued_at) <= {{ as_of() }}
    union all
    select
        'payments' as table_name,
        currency,
        {{ local_date('attempted_at') }} as rate_day
    from {{ ref('stg_payments') }}
    where amount <> 0 and outcome <> 'canceled' and attempted_at <= {{ as_of() }}
    union all
    select
        'reversals' as table_name,
        currency,
        {{ local_date('occurred_at') }} as rate_day
    from {{ ref('stg_reversals') }}
    where amount <> 0 and occurred_at <= {{ as_of() }}
    union all
    select
        'credit_notes' as table_name,
        currency,
        {{ local_date('issued_at') }} as rate_day
    from {{ ref('stg_credit_notes') }}
    where amount_ex_tax <> 0 and issued_at <= {{ as_of() }}
    union all
    select
        'ad_spend' as table_name,
        currency,
        spend_on as rate_day
    from {{ ref('stg_ad_spend') }}
    where amount <> 0 and spend_on <= {{ as_of_date() }}
    union all
    select
        'acquisition_costs' as table_name,
        currency,
        {{ cost_valued_on('cost_month') }} as rate_day
    from {{ ref('stg_acquisition_costs') }}
    where amount <> 0 and cost_month <= {{ as_of_date() }}
    union all
    select
        'company_costs' as table_name,
        currency,
        {{ cost_valued_on('cost_month') }} as rate_day
    from {{ ref('stg_company_costs') }}
    where amount <> 0 and cost_month <= {{ as_of_date() }}
    union all
    select
        'crm_deals' as table_name,
        currency,
        {{ local_date('valued_at') }} as rate_day
    from {{ ref('int_growth__deals') }}
    where amount_native <> 0
)

select
    amounts.table_name,
    amounts.currency,
    amounts.rate_day,
    cast(count(*) as bigint) as waiting_rows
from amounts
left join rates
    on
        amounts.currency = rates.currency
        and amounts.rate_day = rates.rate_day
where
    amounts.currency <> {{ reporting_currency() }}
    and rates.rate_day is null
group by
    amounts.table_name,
    amounts.currency,
    amounts.rate_day
