-- Grain: one row per month, source and history that the source delivers beside the basis of its
-- MRR, for its total; and one per customer and currency, for the last full month. What a source
-- reports of some of its subscriptions is compared with the MRR of those.
-- DECISIONS.md#reconciliation-with-other-histories
with other_histories as (
    select * from {{ ref('int_reconciliation__other_histories') }}
),

ledger as (
    select
        subscription_id,
        source_name,
        currency,
        {{ month_index('effective_date') }} as month_index,
        mrr_delta_native
    from {{ ref('fct_mrr_ledger') }}
),

reported as (
    select subscription_id
    from {{ ref('stg_subscriptions') }}
    where
        mrr_reported is not null
        and not is_deleted
),

starts as (
    select
        source_name,
        compared_with,
        mrr_basis,
        min(month_index) as first_month_index
    from other_histories
    group by
        source_name,
        compared_with,
        mrr_basis
),

months as (
    select
        starts.source_name,
        starts.compared_with,
        starts.mrr_basis,
        {{ expand_integers('starts.first_month_index', month_index(as_of_date())) }} as month_index
    from starts
),

deltas as (
    select
        starts.source_name,
        starts.compared_with,
        ledger.currency,
        ledger.month_index,
        ledger.mrr_delta_native as mrr_delta,
        cast(0 as {{ type_money() }}) as compared_delta
    from ledger
    inner join starts on ledger.source_name = starts.source_name
    left join reported on ledger.subscription_id = reported.subscription_id
    where
        starts.compared_with <> 'mrr_reported'
        or reported.subscription_id is not null

    union all

    select
        source_name,
        compared_with,
        currency,
        month_index,
        cast(0 as {{ type_money() }}) as mrr_delta,
        mrr_delta as compared_delta
    from other_histories
),

currency_months as (
    select
        source_name,
        compared_with,
        currency,
        month_index,
        sum(mrr_delta) as mrr_delta,
        sum(compared_delta) as compared_delta
    from deltas
    group by
        source_name,
        compared_with,
        currency,
        month_index
),

balances as (
    select
        months.source_name,
        months.compared_with,
        months.mrr_basis,
        currency_months.currency,
        cast(months.month_index as integer) as month_index,
        cast(sum(currency_months.mrr_delta) as {{ type_money() }}) as mrr,
        cast(sum(currency_months.compared_delta) as {{ type_money() }}) as compared_mrr
    from months
    inner join currency_months
        on
            months.source_name = currency_months.source_name
            and months.compared_with = currency_months.compared_with
            and months.month_index >= currency_months.month_index
    group by
        months.source_name,
        months.compared_with,
        months.mrr_basis,
        currency_months.currency,
        months.month_index
),

valued as (
    select
        balances.source_name,
        balances.compared_with,
        balances.mrr_basis,
        balances.month_index,
        cast(sum(
            {{ balance_in_reporting_currency('balances.mrr', 'balances.currency', 'rates.rate') }}
        ) as {{ type_money() }}) as mrr,
        cast(sum({{ balance_in_reporting_currency(
            'balances.compared_mrr', 'balances.currency', 'rates.rate'
        ) }}) as {{ type_money() }}) as compared_mrr
    from balances
    left join {{ ref('int_fx__month_rates') }} as rates
        on
            balances.currency = rates.currency
            and balances.month_index = rates.month_index
    group by
        balances.source_name,
        balances.compared_with,
        balances.mrr_basis,
        balances.month_index
),

customers as (
    select
        reconciled.*,
        {{ balance_in_reporting_currency('reconciled.mrr', 'reconciled.currency', 'rates.rate') }}
            as converted_mrr,
        {{ balance_in_reporting_currency(
            'reconciled.compared_mrr', 'reconciled.currency', 'rates.rate'
        ) }} as converted_compared_mrr
    from {{ ref('int_reconciliation__reconciled_customers') }} as reconciled
    left join {{ ref('int_fx__month_rates') }} as rates
        on
            reconciled.currency = rates.currency
            and reconciled.month_index = rates.month_index
),

compared as (
    select
        month_index,
        source_name,
        mrr_basis,
        compared_with,
        true as is_total,
        'all' as customer_id,
        'all' as currency,
        mrr,
        compared_mrr,
        {{ policy('mrr_reconciliation_tolerance') }} as tolerance,
        0 as rounding
    from valued

    union all

    select
        month_index,
        source_name,
        mrr_basis,
        compared_with,
        false as is_total,
        customer_id,
        currency,
        converted_mrr as mrr,
        converted_compared_mrr as compared_mrr,
        {{ policy('customer_mrr_tolerance') }} as tolerance,
        0.01 as rounding
    from customers
)

select
    {{ month_from_index('month_index') }} as period_month,
    source_name,
    mrr_basis,
    compared_with,
    is_total,
    customer_id,
    currency,
    cast(mrr as {{ type_money() }}) as mrr,
    cast(compared_mrr as {{ type_money() }}) as compared_mrr,
    cast(compared_mrr - mrr as {{ type_money() }}) as difference,
    cast(tolerance as {{ type_share() }}) as tolerance,
    abs(compared_mrr - mrr)
    <= cast(abs(compared_mrr) as {{ type_exact() }})
    * cast(tolerance as {{ type_share() }})
    + rounding
        as is_within_tolerance,
    month_index = {{ month_index(as_of_date()) }} as is_partial
from compared
