with judged as (
    select _source, response_id, now.survey as survey, now.score as score, before.score as score_before,
        now.score is distinct from before.score as is_other
    from runs.changes_survey_responses
    where not now._is_deleted and not before._is_deleted
),

counted as (
    select *, count(*) filter (is_other) over of_source as others, count(*) over of_source as known
    from judged
    window of_source as (partition by _source)
)

select
    response_id || ' of ' || _source || ': scores ' || coalesce(score, 'nothing') || ' after '
    || coalesce(score_before, 'nothing') || ' (' || others || ' of ' || known || ' answers changed)' as message,
    _source, response_id, survey, score, score_before
from counted
where is_other and others >= 5 and others > {threshold} * known
order by _source, response_id
