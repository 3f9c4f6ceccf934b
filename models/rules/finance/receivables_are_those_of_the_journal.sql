-- Grain: one row per month that breaks the rule: receivables do not open with what the month before
-- closed with, or cash is not that of the journal.
with months as (
    select * from {{ ref('fct_receivables_monthly') }}
),

cash as (
    select
        period_month,
        sum(debits) as collected,
        -sum(credits) as paid_back
    from {{ ref('fct_journal_monthly') }}
    where account = 'cash'
    group by period_month
)

select
    {{ told('months.period_month') }}
    || ': receivables open with ' || {{ told('months.opening_receivables') }}
    || ' after ' || {{ told('before.closing_receivables') }}
    || ', and ' || {{ told('months.cash_collected') }}
    || ' were collected where the journal has ' || {{ told('cash.collected') }}
    || '; where these agree, what was paid back does not' as message,
    months.period_month,
    months.opening_receivables,
    before.closing_receivables as closing_of_month_before,
    months.cash_collected,
    cash.collected
from months
left join months as before
    on {{ months_between('before.period_month', 'months.period_month') }} = 1
left join cash on months.period_month = cash.period_month
where
    months.opening_receivables is distinct from coalesce(before.closing_receivables, 0)
    or months.cash_collected is distinct from coalesce(cash.collected, 0)
    or months.cash_paid_back is distinct from coalesce(cash.paid_back, 0)
