with newest as (
    select _source, now.survey as survey, avg(try_cast(now.score as double)) as score, count(*) as answers
    from runs.changes_survey_responses
    where not now._is_deleted and coalesce(before._is_deleted, true)
    group by all
    having count(*) >= 10
),

earlier as (
    select _source, survey, avg(score) as score, stddev_samp(score) as spread
    from (
        select distinct _source, survey, response_id, try_cast(score as double) as score
        from raw.survey_responses
        semi join newest using (_source, survey)
        where _delivery_id in (from runs.published_deliveries) and not _is_deleted
    )
    group by all
    having count(*) >= 10
)

select
    survey || ' of ' || _source || ': ' || newest.answers || ' new answers have a mean score of '
    || round(newest.score, 2) || '; those before have ' || round(earlier.score, 2) as message,
    _source, survey, newest.score, earlier.score as score_before
from newest
inner join earlier using (_source, survey)
where abs(newest.score - earlier.score)
    > greatest(1.5, {threshold} * earlier.spread / sqrt(newest.answers))
