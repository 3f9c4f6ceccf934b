-- Grain: one row per invoice in dunning that breaks the rule: it never failed, or it is recovered
-- without money or has money and is not.
with recoveries as (
    select * from {{ ref('fct_payment_recovery') }}
)

select
    coalesce(invoice_id, 'nothing') || ' failed at '
    || coalesce(cast(first_failed_at as {{ dbt.type_string() }}), 'nothing')
    || ' and is ' || coalesce(state, 'nothing') || '; the money came at '
    || coalesce(cast(recovered_at as {{ dbt.type_string() }}), 'nothing') as message,
    invoice_id,
    state
from recoveries
where
    first_failed_at is null
    or state is null
    or (state = 'recovered') <> (recovered_at is not null)
