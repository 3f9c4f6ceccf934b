with latest as (
    {{ latest_rows('ad_spend', ['account_id', 'campaign_id', 'spend_on']) }}
)

select
    account_id,
    campaign_id,
    cast(spend_on as date) as spend_on,
    {{ channel_name('channel') }} as channel,
    cast(amount as {{ type_money() }}) as amount,
    currency,
    cast(clicks as bigint) as clicks,
    cast(impressions as bigint) as impressions,
    campaign_name,
    ---------- lineage
    _source as source_name,
    _file as source_file,
    _line as source_line,
    _extracted_at as recorded_at
from latest
