with latest as (

    {{ latest_rows('crm_leads', ['lead_id']) }}

)

select
    {{ source_key('lead_id') }} as lead_id,
    email,
    {{ source_key('crm_account_id') }} as crm_account_id,
    cast(created_at as {{ type_instant() }}) as created_at,
    {{ channel_name('channel') }} as channel,
    campaign,
    cast(marketing_qualified_at as {{ type_instant() }}) as marketing_qualified_at,
    cast(sales_qualified_at as {{ type_instant() }}) as sales_qualified_at,
    cast(converted_at as {{ type_instant() }}) as converted_at,
    cast(opportunity_at as {{ type_instant() }}) as opportunity_at,
    {{ source_key('converted_deal_id') }} as converted_deal_id,
    disqualified_reason,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
