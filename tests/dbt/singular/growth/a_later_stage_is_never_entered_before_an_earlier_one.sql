select
    journey_id,
    stage
from {{ ref('fct_funnel_entries') }}
where advanced_at < entered_at
