{{ config(materialized='kept', by='customer') }}

-- Grain: one row per customer, currency and local day on which the customer's MRR may have changed.
-- A customer with several currencies has a row for each of them on all of its days, because a day's
-- movement values both sides of every balance at that day's rate.
with ledger as (
    select * from {{ ref('int_ledger__native_ledger') }}
    where {{ is_affected_row('int_ledger__native_ledger') }}
),

changed as (
    select
        customer_id,
        currency,
        effective_date,
        cast(sum(mrr_delta_native) as {{ type_money() }}) as delta_native,
        cast(sum(committed_mrr_delta_native) as {{ type_money() }}) as committed_delta_native,
        min(
            case
                when mrr_delta_native >= 0 then null
                when
                    mrr_after_native = 0 and standing in ('active', 'past_due', 'retention_trial')
                    then 1
                when standing = 'paused' then 2
                when standing = 'unpaid' then 3
                when standing = 'past_due_limit' then 4
                else 5
            end
        ) as loss_rank
    from ledger
    group by
        customer_id,
        currency,
        effective_date
),

several_currencies as (
    select customer_id
    from changed
    group by customer_id
    having min(currency) <> max(currency)
),

moves_of_several as (
    select
        changed.customer_id,
        changed.currency,
        changed.effective_date
    from changed
    inner join several_currencies on changed.customer_id = several_currencies.customer_id
),

days_of_several as (
    select distinct
        customer_id,
        effective_date
    from moves_of_several
),

currencies_of_several as (
    select distinct
        customer_id,
        currency
    from moves_of_several
),

other_balances as (
    select
        days_of_several.customer_id,
        currencies_of_several.currency,
        days_of_several.effective_date
    from days_of_several
    inner join currencies_of_several
        on days_of_several.customer_id = currencies_of_several.customer_id
    left join moves_of_several
        on
            days_of_several.customer_id = moves_of_several.customer_id
            and days_of_several.effective_date = moves_of_several.effective_date
            and currencies_of_several.currency = moves_of_several.currency
    where moves_of_several.customer_id is null
),

days as (
    select * from changed

    union all

    select
        customer_id,
        currency,
        effective_date,
        cast(0 as {{ type_money() }}) as delta_native,
        cast(0 as {{ type_money() }}) as committed_delta_native,
        cast(null as integer) as loss_rank
    from other_balances
),

running as (
    select
        days.*,
        cast(sum(days.delta_native) over history as {{ type_money() }}) as after_native,
        cast(sum(days.committed_delta_native) over history as {{ type_money() }})
            as committed_after_native,
        {{ month_index('days.effective_date') }} as month_index,
        lead({{ month_index('days.effective_date') }}) over (
            partition by days.customer_id, days.currency
            order by days.effective_date
        ) as next_month_index
    from days
    window history as (
        partition by days.customer_id, days.currency
        order by days.effective_date
        rows between unbounded preceding and current row
    )
),

rates as (
    select
        *,
        cast(rate as {{ type_double() }}) as rate_as_double
    from {{ ref('int_fx__day_rates') }}
),

rated as (
    select
        running.*,
        cast(running.after_native - running.delta_native as {{ type_money() }}) as before_native,
        case
            when
                running.currency = {{ reporting_currency() }}
                then cast(1 as {{ type_exchange_rate() }})
            else rates.rate
        end as rate,
        rates.rate_as_double
    from running
    left join rates
        on
            running.currency = rates.currency
            and running.effective_date = rates.rate_day
)

select
    customer_id,
    currency,
    effective_date,
    month_index,
    next_month_index,
    delta_native,
    before_native,
    after_native,
    committed_delta_native,
    committed_after_native,
    loss_rank,
    rate,
    case
        when currency = {{ reporting_currency() }} then before_native
        else {{ convert_money('before_native', 'rate', 'rate_as_double') }}
    end as mrr_before,
    case
        when currency = {{ reporting_currency() }} then after_native
        else {{ convert_money('after_native', 'rate', 'rate_as_double') }}
    end as mrr_after
from rated
