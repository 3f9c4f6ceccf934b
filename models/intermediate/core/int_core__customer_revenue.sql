-- Grain: one row per customer with a paid invoice: what it paid before tax and did not get back.
-- Every amount has the rate of the day its invoice was paid, so what is taken back whole leaves 0.
-- DECISIONS.md#lifetime_revenue
with invoices as (
    select * from {{ ref('int_core__invoice_revenue') }}
),

unlinked_refunds as (
    select * from {{ ref('int_core__refunds') }}
    where invoice_id is null
),

unlinked_credits as (
    select
        customer_id,
        currency,
        {{ local_date('issued_at') }} as credited_on,
        amount_ex_tax
    from {{ ref('stg_credit_notes') }}
    where
        invoice_id is null
        and {{ is_credit_in_force() }}
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

amounts as (
    select
        customer_id,
        currency,
        paid_on as rate_day,
        paid_amount > 0 as is_bought,
        kept_amount as amount
    from invoices

    union all

    select
        customer_id,
        currency,
        refunded_on as rate_day,
        cast(null as boolean) as is_bought,
        -amount as amount
    from unlinked_refunds

    union all

    select
        customer_id,
        currency,
        credited_on as rate_day,
        cast(null as boolean) as is_bought,
        -amount_ex_tax as amount
    from unlinked_credits
),

of_survivors as (
    select
        coalesce(customer_merges.survivor_customer_id, amounts.customer_id) as customer_id,
        amounts.currency,
        amounts.rate_day,
        amounts.is_bought,
        amounts.amount
    from amounts
    left join customer_merges on amounts.customer_id = customer_merges.merged_customer_id
)

select
    of_survivors.customer_id,
    max(case when of_survivors.is_bought then 1 else 0 end) = 1 as has_bought,
    cast(
        sum({{ balance_in_reporting_currency(
            'of_survivors.amount', 'of_survivors.currency', 'rates.rate'
        ) }})
        as {{ type_money() }}
    ) as lifetime_revenue
from of_survivors
left join {{ ref('int_fx__day_rates') }} as rates
    on
        of_survivors.currency = rates.currency
        and of_survivors.rate_day = rates.rate_day
group by of_survivors.customer_id
having count(of_survivors.is_bought) > 0
