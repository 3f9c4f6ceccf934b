-- Grain: one row per month in which subscriptions were asked to end and segment.
-- DECISIONS.md#requests-and-saves
with requests as (
    select * from {{ ref('fct_end_requests') }}
),

customer_segments as (
    select * from {{ ref('int_retention__fixed_segments') }}
),

segments as (
    select
        requests.*,
        customer_segments.segment_type,
        customer_segments.segment_value
    from requests
    inner join customer_segments on requests.customer_id = customer_segments.customer_id

    union all

    select
        requests.*,
        'plan' as segment_type,
        plan as segment_value
    from requests

    union all

    select
        requests.*,
        'product' as segment_type,
        product as segment_value
    from requests
),

totals as (
    select
        period_month,
        segment_type,
        segment_value,
        cast(count(*) as bigint) as requests,
        {{ count_where('withdrawn_on is not null') }} as withdrawn_requests,
        {{ count_where('ended_on is not null') }} as ended_requests,
        {{ count_where('offered_on is not null') }} as offered_requests,
        {{ count_where('is_saved is not null') }} as observed_requests,
        {{ count_where('mrr_after_90d > 0') }} as still_paying_requests,
        {{ count_where('is_saved') }} as saved_requests,
        {{ count_where('is_saved is not null and offered_on is not null') }}
            as offered_observed_requests,
        {{ count_where('is_saved and offered_on is not null') }} as offered_saved_requests,
        {{ money_sum('mrr_at_request') }} as requested_mrr,
        {{ money_sum('case when is_saved then saved_mrr else 0 end') }} as saved_mrr
    from segments
    group by
        period_month,
        segment_type,
        segment_value
)

select
    period_month,
    segment_type,
    segment_value,
    {{ is_total_row(['segment_type']) }} as is_total,
    ---------- what became of the requests
    requests,
    withdrawn_requests,
    ended_requests,
    requests - withdrawn_requests - ended_requests as pending_requests,
    offered_requests,
    ---------- 90 days later
    observed_requests,
    still_paying_requests,
    saved_requests,
    {{ count_rate_with_bounds('saved_requests', 'observed_requests', 'save_rate') }},
    offered_observed_requests,
    offered_saved_requests,
    {{ count_rate_with_bounds(
        'offered_saved_requests', 'offered_observed_requests', 'offered_save_rate'
    ) }},
    {{ count_rate_with_bounds(
        '(saved_requests - offered_saved_requests)',
        '(observed_requests - offered_observed_requests)',
        'not_offered_save_rate'
    ) }},
    ---------- their MRR
    requested_mrr,
    saved_mrr,
    observed_requests = requests as is_mature
from totals
