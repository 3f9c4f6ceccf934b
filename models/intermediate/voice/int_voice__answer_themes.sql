-- Grain: one row per answer to an NPS survey and theme that it is of.
-- What was written stays here: a theme is a label of the survey tool or a key of company.yml.
-- DECISIONS.md#themes
with answers as (
    select * from {{ ref('int_voice__nps_answers') }}
    where not is_excluded
),

written as (
    select
        response_id,
        comment,
        tags
    from {{ ref('stg_survey_responses') }}
    where
        comment is not null
        or tags is not null
),

theme_words as (
    {{ theme_words() }}
),

labels as (
    select
        response_id,
        {{ each_label('tags') }} as label
    from written
    where tags is not null
),

themes as (
    select
        response_id,
        {{ theme_of_label('label') }} as theme
    from labels

    -- A tag and a word can tell the same.
    union

    select
        written.response_id,
        theme_words.theme
    from written
    inner join theme_words on {{ has_word('written.comment', 'theme_words') }}
)

select
    answers.response_id,
    themes.theme,
    answers.customer_id,
    answers.responded_on,
    {{ month_start('answers.responded_on') }} as period_month,
    answers.category,
    answers.source_name,
    answers.source_file,
    answers.source_line
from answers
inner join themes on answers.response_id = themes.response_id
where themes.theme <> ''
