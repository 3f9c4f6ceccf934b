with latest as (

    {{ latest_rows('crm_deals', ['deal_id'], told={'outcome_told': ['outcome']}) }}

)

select
    {{ source_key('deal_id') }} as deal_id,
    {{ source_key('crm_account_id') }} as crm_account_id,
    name,
    pipeline,
    stage,
    outcome,
    cast(amount as {{ type_money() }}) as amount,
    currency,
    deal_type,
    cast(created_at as {{ type_instant() }}) as created_at,
    cast(expected_close_on as date) as expected_close_on,
    cast(won_at as {{ type_instant() }}) as won_at,
    cast(lost_at as {{ type_instant() }}) as lost_at,
    lost_reason,
    owner,
    team,
    {{ channel_name('channel') }} as channel,
    campaign,
    reseller_id,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at,
    outcome_told_extracted_at as outcome_told_at
from latest
