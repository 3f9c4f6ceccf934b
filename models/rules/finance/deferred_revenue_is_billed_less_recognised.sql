-- Grain: one row per month and currency that breaks the rule: deferred less unbilled revenue is not
-- what the invoice lines of all months billed, less what they recognised.
with months as (
    -- `all` has no native amounts, and so no difference.
    select * from {{ ref('fct_deferred_revenue_monthly') }}
),

lines as (
    select
        currency,
        booking_month as moved_month,
        sum(amount_native) as amount
    from {{ ref('int_finance__lines') }}
    group by
        currency,
        booking_month
),

taken as (
    select
        lines.currency,
        {{ month_from_index('taken.month_index') }} as moved_month,
        -sum(taken.taken_revenue + taken.taken_deferred) as amount
    from {{ ref('int_finance__taken_amounts') }} as taken
    inner join {{ ref('int_finance__lines') }} as lines
        on
            taken.invoice_id = lines.invoice_id
            and taken.line_id = lines.line_id
    group by
        lines.currency,
        {{ month_from_index('taken.month_index') }}
),

revenue as (
    select
        currency,
        recognition_month as moved_month,
        -sum(amount_native) as amount
    from {{ ref('fct_revenue_recognition') }}
    group by
        currency,
        recognition_month
),

moves as (
    select * from lines
    union all
    select * from taken
    union all
    select * from revenue
),

compared as (
    select
        months.period_month,
        months.currency,
        months.closing_native - coalesce(sum(moves.amount), 0) as difference,
        max(months.unbilled_closing_native) as unbilled_closing_native
    from months
    left join moves
        on
            months.currency = moves.currency
            and months.period_month >= moves.moved_month
    group by
        months.period_month,
        months.currency,
        months.closing_native
)

select
    {{ told('period_month') }} || ', ' || currency
    || ': deferred revenue is ' || {{ told('difference') }}
    || ' above what was billed less what was recognised, and unbilled revenue is '
    || {{ told('unbilled_closing_native') }} as message,
    period_month,
    currency,
    difference
from compared
where difference is distinct from unbilled_closing_native
