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
    coalesce(cast(period_month as {{ dbt.type_string() }}), 'nothing')
    || ', ' || coalesce(method, 'nothing') || ': '
    || coalesce(cast(succeeded as {{ dbt.type_string() }}), 'nothing')
    || ' succeeded, '
    || coalesce(cast(failed as {{ dbt.type_string() }}), 'nothing')
    || ' failed, '
    || coalesce(cast(charged_back as {{ dbt.type_string() }}), 'nothing')
    || ' charged back and '
    || coalesce(cast(pending as {{ dbt.type_string() }}), 'nothing')
    || ' pending of '
    || coalesce(cast(attempts as {{ dbt.type_string() }}), 'nothing')
    || ' attempts'
    || case
        when method = 'all'
            then
                '; its methods have '
                || coalesce(cast(attempts_of_methods as {{ dbt.type_string() }}), 'nothing')
        else ''
    end as message,
    period_month,
    method
from compared
where
    attempts is null
    or attempts is distinct from succeeded + failed + charged_back + pending
    or (method = 'all' and attempts is distinct from attempts_of_methods)
