{{ config(materialized='table') }}

-- Grain: one row per transaction of prepaid credits by the as-of instant, and per day on which
-- credits expire that no transaction tells of. What raises a balance is positive.
-- DECISIONS.md#what-expires-of-prepaid-credits
with customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

wallet_ends as (
    select * from {{ ref('int_finance__wallet_ends') }}
),

excluded as (
    select * from {{ ref('int_terms__excluded_customers') }}
),

transactions as (
    select
        told.transaction_id,
        coalesce(customer_merges.survivor_customer_id, told.customer_id) as customer_id,
        coalesce(told.balance_id, '') as balance_key,
        told.credit_kind,
        told.kind,
        told.currency,
        coalesce(wallet_ends.amount, told.amount) as amount,
        case
            when told.kind in ('grant', 'reinstatement') then told.amount
            else -coalesce(wallet_ends.amount, told.amount)
        end as change,
        told.occurred_at,
        told.expires_at,
        told.invoice_id,
        told.source_file,
        told.source_line
    from {{ ref('stg_credit_transactions') }} as told
    left join customer_merges on told.customer_id = customer_merges.merged_customer_id
    left join excluded on told.customer_id = excluded.customer_id
    left join wallet_ends on told.transaction_id = wallet_ends.transaction_id
    where
        told.occurred_at <= {{ as_of() }}
        and excluded.customer_id is null
),

told_expiries as (
    select distinct
        customer_id,
        balance_key,
        credit_kind,
        currency
    from transactions
    where kind = 'expiry'
),

due_expiries as (
    select
        min(transactions.transaction_id) || ':expiry' as transaction_id,
        transactions.customer_id,
        transactions.balance_key,
        transactions.credit_kind,
        transactions.currency,
        transactions.expires_at,
        min(transactions.source_file) as source_file,
        min(transactions.source_line) as source_line
    from transactions
    left join told_expiries
        on
            transactions.customer_id = told_expiries.customer_id
            and transactions.balance_key = told_expiries.balance_key
            and transactions.credit_kind = told_expiries.credit_kind
            and transactions.currency = told_expiries.currency
    where
        transactions.kind = 'grant'
        and transactions.expires_at <= {{ as_of() }}
        and told_expiries.customer_id is null
    group by
        transactions.customer_id,
        transactions.balance_key,
        transactions.credit_kind,
        transactions.currency,
        transactions.expires_at
),

open_expiries as (
    select
        transaction_id,
        customer_id,
        balance_key,
        credit_kind,
        currency,
        occurred_at,
        true as is_told,
        source_file,
        source_line
    from transactions
    where
        kind = 'expiry'
        and amount is null

    union all

    select
        transaction_id,
        customer_id,
        balance_key,
        credit_kind,
        currency,
        expires_at as occurred_at,
        false as is_told,
        source_file,
        source_line
    from due_expiries
),

-- What has expired before is among what is unused: the most that ever was is what expired so far.
unused as (
    select
        expiries.transaction_id,
        expiries.customer_id,
        expiries.balance_key,
        expiries.credit_kind,
        expiries.currency,
        expiries.occurred_at,
        expiries.source_file,
        expiries.source_line,
        cast(
            greatest(
                sum(
                    case
                        when
                            transactions.kind <> 'grant'
                            or expiries.is_told
                            or transactions.expires_at <= expiries.occurred_at
                            then transactions.change
                        else 0
                    end
                ), 0
            ) as {{ type_money() }}
        ) as amount
    from open_expiries as expiries
    inner join transactions
        on
            expiries.customer_id = transactions.customer_id
            and expiries.balance_key = transactions.balance_key
            and expiries.credit_kind = transactions.credit_kind
            and expiries.currency = transactions.currency
            and expiries.occurred_at >= transactions.occurred_at
    group by
        expiries.transaction_id,
        expiries.customer_id,
        expiries.balance_key,
        expiries.credit_kind,
        expiries.currency,
        expiries.occurred_at,
        expiries.source_file,
        expiries.source_line
),

expired as (
    select
        unused.*,
        max(amount) over (
            partition by customer_id, balance_key, credit_kind, currency
            order by occurred_at, transaction_id
            rows between unbounded preceding and current row
        ) as expired_so_far,
        coalesce(
            max(amount) over (
                partition by customer_id, balance_key, credit_kind, currency
                order by occurred_at, transaction_id
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as expired_before
    from unused
)

select
    transaction_id,
    customer_id,
    credit_kind,
    kind,
    currency,
    {{ month_index(local_date('occurred_at')) }} as month_index,
    occurred_at,
    cast(change as {{ type_money() }}) as change,
    invoice_id,
    source_file,
    source_line
from transactions
where
    amount is not null
    and (kind <> 'expiry' or amount > 0)

union all

select
    transaction_id,
    customer_id,
    credit_kind,
    'expiry' as kind,
    currency,
    {{ month_index(local_date('occurred_at')) }} as month_index,
    occurred_at,
    cast(expired_before - expired_so_far as {{ type_money() }}) as change,
    cast(null as {{ dbt.type_string() }}) as invoice_id,
    source_file,
    source_line
from expired
where expired_so_far > expired_before
