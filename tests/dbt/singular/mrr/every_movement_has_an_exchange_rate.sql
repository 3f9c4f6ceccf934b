-- metrics.md 4: a rate missing for longer than fx_max_age_days stops the run, and is named.
select
    currency || '/' || {{ reporting_currency() }} as pair,
    effective_date as rate_day,
    'No exchange rate ' || currency || '/' || {{ reporting_currency() }} || ' for '
    || cast(effective_date as {{ dbt.type_string() }})
    || ': deliver fx_rates for that day, or raise the policy fx_max_age_days' as message,
    count(*) as movements
from {{ ref('int_mrr__customer_currency_days') }}
where rate is null
group by
    currency,
    effective_date
