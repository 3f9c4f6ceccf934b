-- Grain: one row per subscription and end of a term, with the subscription's MRR just before it and
-- when what became of it is settled, both at the rate of the month before.
-- DECISIONS.md#the-outcome-of-a-renewal
with terms as (
    select
        subscription_id,
        term_end_on,
        {{ add_days('term_end_on', -2) }} as before_on,
        case
            when {{ days_between('term_start_on', 'term_end_on') }} > 62
                then {{ add_days('term_end_on', 30) }}
            else {{ add_days('term_end_on', 1) }}
        end as settled_on
    from {{ ref('int_retention__term_ends') }}
),

ledger as (
    select
        subscription_id,
        currency,
        effective_date,
        mrr_delta_native
    from {{ ref('fct_mrr_ledger') }}
),

currencies as (
    select distinct
        subscription_id,
        currency
    from ledger
),

-- On one day what moved comes before the question what is left.
steps as (
    select
        subscription_id,
        currency,
        effective_date as stepped_on,
        0 as step,
        mrr_delta_native,
        cast(null as date) as term_end_on
    from ledger

    union all

    select
        terms.subscription_id,
        currencies.currency,
        terms.before_on as stepped_on,
        1 as step,
        0 as mrr_delta_native,
        terms.term_end_on
    from terms
    inner join currencies on terms.subscription_id = currencies.subscription_id

    union all

    select
        terms.subscription_id,
        currencies.currency,
        terms.settled_on as stepped_on,
        2 as step,
        0 as mrr_delta_native,
        terms.term_end_on
    from terms
    inner join currencies on terms.subscription_id = currencies.subscription_id
),

balances as (
    select
        subscription_id,
        currency,
        term_end_on,
        step,
        cast(
            sum(mrr_delta_native) over (
                partition by subscription_id, currency
                order by stepped_on, step
                rows between unbounded preceding and current row
            ) as {{ type_money() }}
        ) as mrr_native
    from steps
),

rates as (
    select * from {{ ref('int_retention__period_start_rates') }}
),

valued as (
    select
        balances.subscription_id,
        balances.term_end_on,
        balances.step,
        {{ balance_in_reporting_currency(
            'balances.mrr_native', 'balances.currency', 'rates.rate'
        ) }} as mrr
    from balances
    left join rates
        on
            balances.currency = rates.currency
            and rates.month_index
            = least({{ month_index('balances.term_end_on') }} - 1, {{ month_index(as_of_date()) }})
    where balances.step > 0
),

totals as (
    select
        subscription_id,
        term_end_on,
        {{ money_sum('case when step = 1 then mrr else 0 end') }} as due_mrr,
        {{ money_sum('case when step = 2 then mrr else 0 end') }} as mrr_after
    from valued
    group by
        subscription_id,
        term_end_on
)

select
    totals.subscription_id,
    totals.term_end_on,
    totals.due_mrr,
    case when terms.settled_on < {{ as_of_date() }} then totals.mrr_after end as mrr_after
from totals
inner join terms
    on
        totals.subscription_id = terms.subscription_id
        and totals.term_end_on = terms.term_end_on
