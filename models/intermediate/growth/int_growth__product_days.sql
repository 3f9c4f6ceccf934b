-- Grain: one row per customer, product and local day on which what it pays for the product changed.
with ledger as (
    select
        customer_id,
        currency,
        coalesce(product_id, 'unknown') as product_id,
        coalesce(previous_product_id, 'unknown') as previous_product_id,
        effective_date,
        mrr_before_native,
        mrr_after_native
    from {{ ref('fct_mrr_ledger') }}
),

accounts as (
    select * from {{ ref('int_identity__customer_accounts') }}
),

rates as (
    select * from {{ ref('int_fx__day_rates') }}
),

-- Both sides of every change: an item that moves to another product leaves the one before.
sides as (
    select
        customer_id,
        currency,
        product_id,
        effective_date,
        mrr_after_native as delta_native
    from ledger
    union all
    select
        customer_id,
        currency,
        previous_product_id as product_id,
        effective_date,
        -mrr_before_native as delta_native
    from ledger
),

product_days as (
    select
        sides.customer_id,
        coalesce(accounts.crm_account_id, sides.customer_id) as account_id,
        sides.product_id,
        sides.effective_date,
        sum(sides.delta_native) as delta_native,
        {{ money_sum(balance_in_reporting_currency(
            'sides.delta_native', 'sides.currency', 'rates.rate'
        )) }} as mrr_delta
    from sides
    left join accounts
        on sides.customer_id = accounts.customer_id
    left join rates
        on
            sides.currency = rates.currency
            and sides.effective_date = rates.rate_day
    where sides.delta_native <> 0
    group by
        sides.customer_id,
        coalesce(accounts.crm_account_id, sides.customer_id),
        sides.product_id,
        sides.effective_date
),

-- Balances are never negative, so their sum over currencies is 0 where each of them is.
account_days as (
    select
        account_id,
        product_id,
        effective_date,
        sum(sum(delta_native)) over (
            partition by account_id, product_id
            order by effective_date
            rows between unbounded preceding and current row
        ) as held_after,
        sum(delta_native) as account_delta
    from product_days
    group by
        account_id,
        product_id,
        effective_date
)

select
    product_days.customer_id,
    product_days.account_id,
    product_days.product_id,
    product_days.effective_date,
    product_days.mrr_delta,
    account_days.held_after - account_days.account_delta > 0 as was_held,
    account_days.held_after - account_days.account_delta > 0
    and account_days.held_after = 0 as is_given_up
from product_days
inner join account_days
    on
        product_days.account_id = account_days.account_id
        and product_days.product_id = account_days.product_id
        and product_days.effective_date = account_days.effective_date
