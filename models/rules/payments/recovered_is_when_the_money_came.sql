-- Grain: one row per invoice in dunning that breaks the rule: it never failed, or it is recovered
-- without money or has money and is not.
with recoveries as (
    select * from {{ ref('fct_payment_recovery') }}
)

select
    {{ told('invoice_id') }} || ' failed at '
    || {{ told('first_failed_at') }}
    || ' and is ' || {{ told('state') }} || '; the money came at '
    || {{ told('recovered_at') }} as message,
    invoice_id,
    state
from recoveries
where
    first_failed_at is null
    or state is null
    or (state = 'recovered') <> (recovered_at is not null)
