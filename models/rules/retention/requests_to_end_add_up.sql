-- Grain: one row per month and type of segment that breaks the rule: its segments have other
-- requests or MRR than the month has, or a part of them is larger than the whole.
with months as (
    select
        period_month,
        cast(count(*) as bigint) as requests,
        {{ money_sum('mrr_at_request') }} as requested_mrr
    from {{ ref('int_retention__end_requests') }}
    group by period_month
),

sums as (
    select
        period_month,
        segment_type,
        cast(sum(requests) as bigint) as requests,
        {{ money_sum('requested_mrr') }} as requested_mrr,
        count(
            case
                when
                    pending_requests >= 0
                    and saved_requests <= withdrawn_requests
                    and saved_requests <= still_paying_requests
                    and still_paying_requests <= observed_requests
                    and observed_requests <= requests
                    and offered_saved_requests <= saved_requests
                    and offered_saved_requests <= offered_observed_requests
                    and offered_observed_requests <= offered_requests
                    and saved_mrr <= requested_mrr
                    then 1
            end
        ) as possible_rows,
        count(*) as all_rows
    from {{ ref('fct_saves_monthly') }}
    group by
        period_month,
        segment_type
),

types as (
    select distinct segment_type from sums
)

select
    {{ told('months.period_month') }}
    || ', segments of ' || {{ told('types.segment_type') }}
    || ': ' || {{ told('sums.requests') }}
    || ' requests over ' || {{ told('sums.requested_mrr') }}
    || '; in the month ' || {{ told('months.requests') }}
    || ' over ' || {{ told('months.requested_mrr') }}
    || case
        when sums.possible_rows < sums.all_rows then '; a part is larger than its whole' else ''
    end as message,
    months.period_month,
    types.segment_type
from months
cross join types
left join sums
    on
        months.period_month = sums.period_month
        and types.segment_type = sums.segment_type
where
    sums.requests is distinct from months.requests
    or sums.requested_mrr is distinct from months.requested_mrr
    or sums.possible_rows < sums.all_rows
