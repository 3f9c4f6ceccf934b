-- Grain: one row per month and method that breaks the rule: its outcomes are not its attempts, or
-- the methods are not the total.
with payments as (
    select * from {{ ref('fct_payments_monthly') }}
),

sums_of_methods as (
    select
        period_month,
        'all' as method,
        sum(attempts) as attempts
    from payments
    where method <> 'all'
    group by period_month
),

compared as (
    select
        coalesce(payments.period_month, sums_of_methods.period_month) as period_month,
        coalesce(payments.method, sums_of_methods.method) as method,
        payments.attempts,
        payments.succeeded,
        payments.failed,
        payments.charged_back,
        payments.pending,
        sums_of_methods.attempts as attempts_of_methods
    from payments
    full outer join sums_of_methods
        on
            payments.period_month = sums_of_methods.period_month
            and payments.method = sums_of_methods.method
)

select
    {{ told('period_month') }}
    || ', ' || {{ told('method') }} || ': '
    || {{ told('succeeded') }}
    || ' succeeded, '
    || {{ told('failed') }}
    || ' failed, '
    || {{ told('charged_back') }}
    || ' charged back and '
    || {{ told('pending') }}
    || ' pending of '
    || {{ told('attempts') }}
    || ' attempts'
    || case
        when method = 'all'
            then
                '; its methods have '
                || {{ told('attempts_of_methods') }}
        else ''
    end as message,
    period_month,
    method
from compared
where
    attempts is null
    or attempts is distinct from succeeded + failed + charged_back + pending
    or (method = 'all' and attempts is distinct from attempts_of_methods)
