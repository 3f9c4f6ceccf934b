with latest as (

    {{ latest_rows('crm_deals', ['deal_id']) }}

),

-- An outcome that was told, taken back and told again is the last telling's. Where the deal does
-- not tell any, its stage does.
last_others as (

    select
        latest._source,
        latest.deal_id,
        max(tellings._extracted_at) as told_at
    from latest
    inner join {{ source('raw', 'crm_deals') }} as tellings
        on
            latest._source = tellings._source
            and latest.deal_id = tellings.deal_id
            and coalesce(latest.outcome, latest.stage)
            <> coalesce(tellings.outcome, tellings.stage)
    where not tellings._is_deleted
    group by latest._source, latest.deal_id

),

tellings_of_outcome as (

    select
        latest._source,
        latest.deal_id,
        min(tellings._extracted_at) as told_at
    from latest
    inner join {{ source('raw', 'crm_deals') }} as tellings
        on
            latest._source = tellings._source
            and latest.deal_id = tellings.deal_id
            and coalesce(latest.outcome, latest.stage)
            = coalesce(tellings.outcome, tellings.stage)
    left join last_others
        on
            latest._source = last_others._source
            and latest.deal_id = last_others.deal_id
    where last_others.told_at is null or tellings._extracted_at > last_others.told_at
    group by latest._source, latest.deal_id

)

select
    {{ source_key('latest.deal_id', 'latest._source') }} as deal_id,
    {{ source_key('latest.crm_account_id', 'latest._source') }} as crm_account_id,
    latest.name,
    latest.pipeline,
    latest.stage,
    latest.outcome,
    cast(latest.amount as {{ type_money() }}) as amount,
    latest.currency,
    latest.deal_type,
    cast(latest.created_at as {{ type_instant() }}) as created_at,
    cast(latest.expected_close_on as date) as expected_close_on,
    cast(latest.won_at as {{ type_instant() }}) as won_at,
    cast(latest.lost_at as {{ type_instant() }}) as lost_at,
    latest.lost_reason,
    latest.owner,
    latest.team,
    {{ channel_name('latest.channel') }} as channel,
    latest.campaign,
    latest.reseller_id,
    ---------- lineage
    latest._source as source_name,
    latest._file as source_file,
    latest._line as source_line,
    latest._extracted_at as recorded_at,
    coalesce(tellings_of_outcome.told_at, latest._extracted_at) as outcome_told_at
from latest
left join tellings_of_outcome
    on
        latest._source = tellings_of_outcome._source
        and latest.deal_id = tellings_of_outcome.deal_id
