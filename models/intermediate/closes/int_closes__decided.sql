-- Grain: one row per base and subject (mrr or revenue) whose settings or models are others now:
-- what was decided, where settings go before models. In another currency each rate is another by
-- that decision, and none by a quote.
with decisions as (
    select * from {{ ref('stg_reported_decisions') }}
)

select
    base_id,
    subject,
    max(case when cause = 'policy' then names end) as settings,
    max(case when cause = 'policy' then source_file end) as settings_file,
    max(case when cause = 'policy' then source_line end) as settings_line,
    max(case when cause = 'currency' then names end) as currencies,
    max(case when cause = 'model' then names end) as models,
    max(case when cause = 'model' then source_file end) as models_file,
    max(case when cause = 'model' then source_line end) as models_line
from decisions
group by
    base_id,
    subject
