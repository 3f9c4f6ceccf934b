-- Grain: one row per month, survey and segment with an answer or an invitation in the window.
-- DECISIONS.md#nps-of-a-month
with answers as (
    select * from {{ ref('int_voice__nps_answer_segments') }}
),

send_totals as (
    select * from {{ ref('int_voice__nps_send_totals') }}
),

answer_totals as (
    select
        period_month,
        survey,
        segment_type,
        segment_value,
        is_partial,
        cast(count(*) as bigint) as responses,
        {{ count_where("category = 'promoter'") }} as promoters,
        {{ count_where("category = 'passive'") }} as passives,
        {{ count_where("category = 'detractor'") }} as detractors,
        {{ money_sum('mrr') }} as answered_mrr,
        {{ money_sum(
            "case category when 'promoter' then mrr when 'detractor' then -mrr else 0 end"
        ) }}
            as net_promoting_mrr
    from answers
    group by
        period_month,
        survey,
        segment_type,
        segment_value,
        is_partial
),

totals as (
    select
        coalesce(answer_totals.period_month, send_totals.period_month) as period_month,
        coalesce(answer_totals.survey, send_totals.survey) as survey,
        coalesce(answer_totals.segment_type, send_totals.segment_type) as segment_type,
        coalesce(answer_totals.segment_value, send_totals.segment_value) as segment_value,
        coalesce(answer_totals.is_partial, send_totals.is_partial) as is_partial,
        coalesce(answer_totals.responses, 0) as responses,
        coalesce(answer_totals.promoters, 0) as promoters,
        coalesce(answer_totals.passives, 0) as passives,
        coalesce(answer_totals.detractors, 0) as detractors,
        answer_totals.answered_mrr,
        answer_totals.net_promoting_mrr,
        coalesce(send_totals.sends, 0) as sends,
        coalesce(send_totals.answered_sends, 0) as answered_sends
    from answer_totals
    full outer join send_totals
        on
            answer_totals.period_month = send_totals.period_month
            and answer_totals.survey = send_totals.survey
            and answer_totals.segment_type = send_totals.segment_type
            and answer_totals.segment_value = send_totals.segment_value
),

shares as (
    select
        *,
        {{ ratio('promoters', 'responses') }} as promoter_share,
        {{ ratio('detractors', 'responses') }} as detractor_share,
        {{ ratio('promoters - detractors', 'responses') }} as net_share,
        {{ ratio('net_promoting_mrr', 'answered_mrr') }} as net_mrr_share,
        {{ ratio('answered_sends', 'sends') }} as answered_share
    from totals
)

select
    period_month,
    survey,
    segment_type,
    segment_value,
    {{ is_total_row(['segment_type']) }} as is_total,
    responses,
    promoters,
    passives,
    detractors,
    case when not is_partial then 100 * net_share end as nps,
    -- Rounding can put the variance a hair below 0 when all answers agree.
    case
        when not is_partial and responses >= {{ policy('min_n') }}
            then 100 * sqrt(greatest(
                cast(0 as {{ type_double() }}),
                (promoter_share + detractor_share - net_share * net_share) / responses
            ))
    end as nps_standard_error,
    case when not is_partial then 100 * net_mrr_share end as nps_mrr_weighted,
    case when not is_partial then answered_share end as response_rate,
    cast(sends as bigint) as sends,
    cast(answered_sends as bigint) as answered_sends,
    is_partial
from shares
