-- Grain: one row per subscription and time at which all that it paid for was asked to end.
-- DECISIONS.md#requests-and-saves
with requests as (
    select
        *,
        case
            when mrr_after_90d is not null then withdrawn_on is not null and mrr_after_90d > 0
        end as is_saved
    from {{ ref('int_retention__end_requests') }}
)

select
    ---------- ids
    subscription_id,
    requested_at,
    customer_id,
    period_month,
    ---------- what was asked for
    requested_on,
    plan_name as plan,
    product_id as product,
    mrr_at_request,
    ---------- what came of it
    offered_on,
    withdrawn_on,
    ended_on,
    mrr_after_90d,
    is_saved,
    case
        when not is_saved then cast(0 as {{ type_money() }})
        when mrr_at_request < mrr_after_90d then mrr_at_request
        else mrr_after_90d
    end as saved_mrr,
    ---------- lineage
    source_name,
    source_file,
    source_line,
    offer_source_name,
    offer_source_file,
    offer_source_line
from requests
