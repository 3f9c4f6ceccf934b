-- Grain: one row per month, method and decline code that breaks the rule: recovered, lost and open
-- invoices are not the failed ones, in number or in money.
with recoveries as (
    select * from {{ ref('fct_payment_recovery_monthly') }}
)

select
    coalesce(cast(period_month as {{ dbt.type_string() }}), 'nothing')
    || ', ' || coalesce(method, 'nothing') || ', ' || coalesce(failure_code, 'nothing') || ': '
    || coalesce(cast(recovered_invoices as {{ dbt.type_string() }}), 'nothing')
    || ' recovered, '
    || coalesce(cast(lost_invoices as {{ dbt.type_string() }}), 'nothing')
    || ' lost and '
    || coalesce(cast(open_invoices as {{ dbt.type_string() }}), 'nothing')
    || ' open of '
    || coalesce(cast(failed_invoices as {{ dbt.type_string() }}), 'nothing')
    || ' failed invoices; in money '
    || coalesce(cast(recovered_amount as {{ dbt.type_string() }}), 'nothing')
    || ', '
    || coalesce(cast(lost_amount as {{ dbt.type_string() }}), 'nothing')
    || ' and '
    || coalesce(cast(open_amount as {{ dbt.type_string() }}), 'nothing')
    || ' of '
    || coalesce(cast(failed_amount as {{ dbt.type_string() }}), 'nothing')
    || '; recovery rate '
    || coalesce(cast(recovery_rate as {{ dbt.type_string() }}), 'nothing') as message,
    period_month,
    method,
    failure_code
from recoveries
where
    failed_invoices is null
    or recovered_invoices + lost_invoices + open_invoices is distinct from failed_invoices
    or recovered_amount + lost_amount + open_amount is distinct from failed_amount
    or recovery_rate not between 0 and 1
