with judged as (
    select _source, response_id, before.survey as survey, before.score as score_before,
        case when now._is_deleted then 'gone' else now.score end as score,
        now._is_deleted or now.score is distinct from before.score as is_other
    from runs.changes_survey_responses
    where not before._is_deleted
),

counted as (
    select *, count(*) filter (is_other) over of_source as others, count(*) over of_source as known
    from judged
    window of_source as (partition by _source)
)

select
    response_id || ' of ' || _source || ': its score is ' || coalesce(score, 'empty') || ' after '
    || coalesce(score_before, 'an empty one') || ' (' || others || ' of ' || known || ' answers changed)' as message,
    _source, response_id, survey, score, score_before
from counted
where is_other and others >= 5 and others > {threshold} * known
order by _source, response_id
