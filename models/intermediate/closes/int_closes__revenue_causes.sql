{{ config(materialized='table') }}

-- Grain: one row per base, month, customer, currency and class whose revenue is not what was
-- reported, with the one cause of it and the line that tells of it.
-- DECISIONS.md#the-cause-of-a-restatement
with differences as (
    select * from {{ ref('int_closes__revenue_differences') }}
),

bases as (
    select * from {{ ref('stg_reported_bases') }}
),

decided as (
    select * from {{ ref('int_closes__decided') }}
    where subject = 'revenue'
),

identities as (
    select * from {{ ref('int_closes__identity_rows') }}
),

events as (
    select * from {{ ref('int_closes__learnt_events') }}
),

lines as (
    select * from {{ ref('int_closes__revenue_lines') }}
),

caused as (
    select
        differences.*,
        bases.kind,
        coalesce(lines.source_file, differences.source_file) as line_file,
        coalesce(lines.source_line, differences.source_line) as line_line,
        coalesce(lines.quote_file, lines.source_file) as rate_file,
        case when lines.quote_file is null then lines.source_line else lines.quote_line end
            as rate_line,
        decided.settings,
        decided.settings_file,
        decided.settings_line,
        decided.models,
        decided.models_file,
        decided.models_line,
        identities.source_file as identity_file,
        identities.source_line as identity_line,
        events.source_file as event_file,
        events.source_line as event_line,
        case
            when differences.revenue_class = 'prior_period_adjustment' then 'adjusted'
            when identities.customer_id is not null then 'identity'
            when
                differences.reported_native = differences.restated_native
                and decided.currencies is null
                then 'rate'
            when events.is_news then 'late_row'
            when differences.has_other_lines and decided.settings is null then 'late_row'
            when decided.settings is not null then 'policy'
            when decided.models is not null then 'model'
            else 'late_row'
        end as cause
    from differences
    inner join bases on differences.base_id = bases.base_id
    left join decided on differences.base_id = decided.base_id
    left join identities
        on
            differences.customer_id = identities.customer_id
            and bases.as_of < identities.loaded_at
    left join events
        on
            differences.base_id = events.base_id
            and differences.period_month = events.period_month
            and differences.customer_id = events.customer_id
            and differences.revenue_class = events.revenue_class
    left join lines
        on
            differences.base_id = lines.base_id
            and differences.period_month = lines.period_month
            and differences.customer_id = lines.customer_id
            and differences.currency = lines.currency
            and differences.revenue_class = lines.revenue_class
)

select
    base_id,
    kind,
    period_month,
    customer_id,
    coalesce(currency, {{ reporting_currency() }}) as currency,
    revenue_class,
    as_reported,
    restated,
    cast(restated - as_reported as {{ type_money() }}) as difference,
    cause,
    case cause
        when 'policy' then settings
        when 'model' then models
        when 'rate' then 'rates of ' || currency
        when 'identity' then 'who is one customer'
        when 'adjusted' then 'what was adjusted of the months before stands in these now'
    end as detail,
    case cause
        when 'policy' then settings_file
        when 'model' then models_file
        when 'rate' then rate_file
        when 'identity' then identity_file
        when 'late_row' then coalesce(event_file, line_file)
        else line_file
    end as source_file,
    case cause
        when 'policy' then settings_line
        when 'model' then models_line
        when 'rate' then rate_line
        when 'identity' then identity_line
        when 'late_row' then coalesce(event_line, line_line)
        else line_line
    end as source_line
from caused
