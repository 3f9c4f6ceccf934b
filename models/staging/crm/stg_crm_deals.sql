with latest as (

    {{ latest_rows('crm_deals', ['deal_id']) }}

),

-- Where the deal does not tell an outcome, its stage does.
-- DECISIONS.md#an-outcome-that-was-taken-back
tellings as (

    select
        latest._source,
        latest.deal_id,
        tellings._extracted_at,
        tellings._is_deleted,
        coalesce(latest.outcome, latest.stage)
        = coalesce(tellings.outcome, tellings.stage) as is_of_latest
    from latest
    inner join {{ source('raw', 'crm_deals') }} as tellings
        on
            latest._source = tellings._source
            and latest.deal_id = tellings.deal_id

),

-- An outcome that was told, taken back and told again is the last telling's.
last_others as (

    select
        _source,
        deal_id,
        max(_extracted_at) as told_at
    from tellings
    where
        not is_of_latest
        and not _is_deleted
    group by _source, deal_id

),

tellings_of_outcome as (

    select
        tellings._source,
        tellings.deal_id,
        min(tellings._extracted_at) as told_at
    from tellings
    left join last_others
        on
            tellings._source = last_others._source
            and tellings.deal_id = last_others.deal_id
    where
        tellings.is_of_latest
        and (last_others.told_at is null or tellings._extracted_at > last_others.told_at)
    group by tellings._source, tellings.deal_id

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
