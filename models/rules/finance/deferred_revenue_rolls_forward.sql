-- Grain: one row per month and currency that breaks the rule: opening and movements are not the
-- closing balance, or it is not the next month's opening, or its terms do not add up.
with months as (
    select * from {{ ref('fct_deferred_revenue_monthly') }}
),

followed as (
    select
        months.*,
        lag(closing) over by_month as closing_before,
        lag(unbilled_closing) over by_month as unbilled_closing_before
    from months
    window by_month as (partition by currency order by period_month)
)

select
    {{ told('period_month') }} || ', ' || currency
    || ': deferred revenue opens with ' || {{ told('opening') }}
    || ' after ' || {{ told('closing_before') }} || ' and closes with ' || {{ told('closing') }}
    || '; unbilled revenue opens with ' || {{ told('unbilled_opening') }}
    || ' after ' || {{ told('unbilled_closing_before') }}
    || ' and closes with ' || {{ told('unbilled_closing') }} as message,
    period_month,
    currency
from followed
where
    opening + billed + recognised + credited + voided + written_off is distinct from closing
    or unbilled_opening + accrued + invoiced is distinct from unbilled_closing
    or opening is distinct from coalesce(closing_before, 0)
    or unbilled_opening is distinct from coalesce(unbilled_closing_before, 0)
    or due_within_12_months + due_later is distinct from closing
