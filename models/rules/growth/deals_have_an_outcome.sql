-- Grain: one row per deal that breaks the rule: it is neither open nor won nor lost.
with deals as (
    select * from {{ ref('int_growth__deals') }}
    where outcome is null
),

delivered as (
    select
        deal_id,
        pipeline,
        stage
    from {{ ref('stg_crm_deals') }}
)

select
    deals.deal_id || ': nobody says what became of a deal in stage '
    || {{ told('delivered.stage') }}
    || ' of pipeline ' || {{ told('delivered.pipeline') }} as message,
    deals.deal_id,
    delivered.pipeline,
    delivered.stage
from deals
left join delivered on deals.deal_id = delivered.deal_id
