-- Grain: one row per ledger row whose line in `raw` is not there, is about something else, or shows
-- something else than the ledger says.
-- DECISIONS.md#what-the-gate-asks-of-a-rows-line
with ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

shown as (
    {{ ledger_rows_with_a_line('is_shown') }}
)

select
    ledger.source_name || '/' || ledger.source_file
    || coalesce(' line ' || cast(ledger.source_line as {{ dbt.type_string() }}), ' (a list)')
    || ' of ' || cast(ledger.recorded_at as {{ dbt.type_string() }})
    || ' does not show what the ledger says it tells: ' || ledger.subscription_id
    || ', item ' || ledger.item_id || ', ' || ledger.standing
    || ' from ' || cast(ledger.effective_at as {{ dbt.type_string() }})
    || ', MRR ' || cast(ledger.mrr_before_native as {{ dbt.type_string() }})
    || ' to ' || cast(ledger.mrr_after_native as {{ dbt.type_string() }})
    || ' ' || ledger.currency as message,
    ledger.ledger_id,
    ledger.source_name,
    ledger.source_file,
    ledger.source_line
from ledger
left join shown on ledger.ledger_id = shown.ledger_id
where shown.ledger_id is null
