with latest as (

    {{ latest_rows('crm_merges', ['object', 'merged_id']) }}

),

-- A CRM that does not date its merges tells them again in every delivery.
-- DECISIONS.md#a-merge-without-a-date
tellings as (

    select
        _source,
        object,
        merged_id,
        survivor_id,
        min(_extracted_at) as first_told_at
    from {{ source('raw', 'crm_merges') }}
    group by _source, object, merged_id, survivor_id

)

select
    -- CRMs name one object differently; what is not listed keeps its own name.
    case lower(trim(latest.object))
        when 'account' then 'account'
        when 'accounts' then 'account'
        when 'company' then 'account'
        when 'companies' then 'account'
        when 'contact' then 'contact'
        when 'contacts' then 'contact'
        when 'lead' then 'lead'
        when 'leads' then 'lead'
        when 'deal' then 'deal'
        when 'deals' then 'deal'
        when 'opportunity' then 'deal'
        when 'opportunities' then 'deal'
        else lower(trim(latest.object))
    end as object,
    {{ source_key('latest.merged_id', 'latest._source') }} as merged_id,
    {{ source_key('latest.survivor_id', 'latest._source') }} as survivor_id,
    coalesce(cast(latest.merged_at as {{ type_instant() }}), tellings.first_told_at) as merged_at,
    ---------- lineage
    latest._source as source_name,
    latest._file as source_file,
    latest._line as source_line,
    latest._extracted_at as recorded_at
from latest
inner join tellings
    on
        latest._source = tellings._source
        and latest.object = tellings.object
        and latest.merged_id = tellings.merged_id
        and latest.survivor_id = tellings.survivor_id
