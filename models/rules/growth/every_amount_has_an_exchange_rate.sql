-- Grain: one row per delivered table and currency that breaks the rule: its money waits for a rate.
-- metrics.md 4: a rate missing for longer than fx_max_age_days stops the run, whatever waits.
with unrated_money as (
    select * from {{ ref('int_growth__unrated_money') }}
),

totals as (
    select
        currency || '/' || {{ reporting_currency() }} as pair,
        table_name,
        count(*) as days,
        cast(sum(waiting_rows) as bigint) as waiting_rows,
        {{ first_texts('cast(rate_day as ' ~ dbt.type_string() ~ ')') }} as first_days,
        max(rate_day) as last_day
    from unrated_money
    group by
        currency,
        table_name
)

select
    'No exchange rate ' || pair || ' for '
    || cast(days as {{ dbt.type_string() }}) || case when days = 1 then ' day (' else ' days (' end
    || first_days
    || case
        when days > 20 then ' and more, up to ' || cast(last_day as {{ dbt.type_string() }}) else ''
    end
    || '), for which '
    || cast(waiting_rows as {{ dbt.type_string() }})
    || case when waiting_rows = 1 then ' row of ' else ' rows of ' end || table_name
    || case when waiting_rows = 1 then ' waits' else ' wait' end
    || '. Deliver fx_rates of the pair for '
    || case when days = 1 then 'that day' else 'these days' end
    || ' (a rate holds for {{ policy("fx_max_age_days") }} days: policy fx_max_age_days).'
        as message,
    pair,
    table_name,
    days,
    waiting_rows
from totals
