-- Grain: one row per month and currency that breaks the rule: its debits are not its credits.
with sums as (
    select
        period_month,
        currency,
        sum(debits_native) as debits_native,
        sum(credits_native) as credits_native,
        sum(debits) as debits,
        sum(credits) as credits
    from {{ ref('fct_journal_monthly') }}
    group by
        period_month,
        currency
)

select
    {{ told('period_month') }} || ', ' || currency
    || ': debits are ' || {{ told('debits_native') }}
    || ' and credits ' || {{ told('credits_native') }}
    || ', in the reporting currency ' || {{ told('debits') }} || ' and ' || {{ told('credits') }}
        as message,
    period_month,
    currency
from sums
where
    debits_native <> credits_native
    or debits <> credits
