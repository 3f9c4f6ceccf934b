{{ config(materialized='table') }}

-- Grain: one row per base, month, customer and column of its MRR that is not what was reported,
-- with the one cause of it and the line that tells of it.
-- DECISIONS.md#the-cause-of-a-restatement
with differences as (
    select * from {{ ref('int_closes__mrr_differences') }}
),

bases as (
    select * from {{ ref('stg_reported_bases') }}
),

learnt as (
    select * from {{ ref('int_closes__learnt_rows') }}
),

rates as (
    select * from {{ ref('int_closes__customer_rates') }}
),

decided as (
    select * from {{ ref('int_closes__decided') }}
    where subject = 'mrr'
),

told as (
    select
        differences.*,
        bases.kind,
        bases.as_of,
        learnt.cause as learnt_cause,
        learnt.detail as learnt_detail,
        learnt.recorded_at as learnt_at,
        learnt.source_file as learnt_file,
        learnt.source_line as learnt_line,
        rates.currency as rate_currency,
        rates.recorded_at as rate_recorded_at,
        rates.source_file as rate_file,
        rates.source_line as rate_line,
        decided.settings,
        decided.settings_file,
        decided.settings_line,
        decided.models,
        decided.models_file,
        decided.models_line,
        case
            when not learnt.is_doubtful then learnt.cause
            when rates.currency is not null then 'rate'
            when decided.settings is not null then 'policy'
            when decided.models is not null then 'model'
            when learnt.is_doubtful then learnt.cause
            when bases.kind = 'release' and bases.as_of < {{ as_of() }} then 'time'
        end as own_cause
    from differences
    inner join bases on differences.base_id = bases.base_id
    left join learnt
        on
            differences.base_id = learnt.base_id
            and differences.period_month = learnt.period_month
            and differences.customer_id = learnt.customer_id
    left join rates
        on
            differences.base_id = rates.base_id
            and differences.period_month = rates.period_month
            and differences.customer_id = rates.customer_id
    left join decided on differences.base_id = decided.base_id
),

caused as (
    select
        base_id,
        kind,
        period_month,
        customer_id,
        column_name,
        as_reported,
        restated,
        own_cause as cause,
        case own_cause
            when 'rate' then 'rates of ' || rate_currency
            when 'policy' then settings
            when 'model' then models
            when 'time' then 'planned, and come to pass'
            else learnt_detail
        end as detail,
        nullif(
            case when rate_currency is not null and own_cause <> 'rate' then 'rate ' else '' end
            || case when settings is not null and own_cause <> 'policy' then 'policy ' else '' end
            || case when models is not null and own_cause <> 'model' then 'model' else '' end,
            ''
        ) as other_causes,
        case own_cause
            when 'rate' then rate_recorded_at
            when 'policy' then null
            when 'model' then null
            else learnt_at
        end as recorded_at,
        case own_cause
            when 'rate' then rate_file
            when 'policy' then settings_file
            when 'model' then models_file
            else learnt_file
        end as source_file,
        case own_cause
            when 'rate' then rate_line
            when 'policy' then settings_line
            when 'model' then models_line
            else learnt_line
        end as source_line
    from told
),

-- What the month before closed with is what a month opened with.
before as (
    select * from caused
    where column_name = 'closing_mrr'
),

carried as (
    select
        caused.*,
        before.customer_id is not null
        and (
            caused.column_name in ('opening_mrr', 'prior_period_adjustment')
            or (caused.column_name = 'fx_mrr' and coalesce(caused.cause, 'time') = 'time')
        ) as is_carried,
        before.cause as cause_before,
        before.detail as detail_before,
        before.other_causes as other_causes_before,
        before.recorded_at as recorded_at_before,
        before.source_file as source_file_before,
        before.source_line as source_line_before
    from caused
    left join before
        on
            caused.kind = before.kind
            and caused.customer_id = before.customer_id
            and {{ month_index('caused.period_month') }}
            = {{ month_index('before.period_month') }} + 1
)

select
    base_id,
    kind,
    period_month,
    customer_id,
    column_name,
    as_reported,
    restated,
    cast(restated - as_reported as {{ type_money() }}) as difference,
    coalesce(case when is_carried then cause_before else cause end, 'unexplained') as cause,
    case when is_carried then detail_before else detail end as detail,
    trim(case when is_carried then other_causes_before else other_causes end) as other_causes,
    case when is_carried then recorded_at_before else recorded_at end as recorded_at,
    case when is_carried then source_file_before else source_file end as source_file,
    case when is_carried then source_line_before else source_line end as source_line
from carried
