-- Grain: one row per ledger row that was told before it held, by a line that does not date it: only
-- what is scheduled is known ahead. A delivery at midnight names its day only.
-- DECISIONS.md#what-counts-as-scheduled
with ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
    where
        effective_at > recorded_at
        and (
            recorded_at > {{ dbt.date_trunc('day', 'recorded_at') }}
            or effective_at >= {{ add_days_to_instant('recorded_at', 1) }}
        )
),

dated as (
    {{ ledger_rows_with_a_line('is_dated') }}
)

select
    ledger.subscription_id || ', item ' || ledger.item_id || ': ' || ledger.standing
    || ' holds from ' || cast(ledger.effective_at as {{ dbt.type_string() }})
    || ', was told on ' || cast(ledger.recorded_at as {{ dbt.type_string() }})
    || ' by ' || ledger.source_name || '/' || ledger.source_file
    || coalesce(' line ' || cast(ledger.source_line as {{ dbt.type_string() }}), ' (a list)')
    || ', and nothing there dates it' as message,
    ledger.ledger_id,
    ledger.source_name,
    ledger.source_file,
    ledger.source_line
from ledger
left join dated on ledger.ledger_id = dated.ledger_id
where dated.ledger_id is null
