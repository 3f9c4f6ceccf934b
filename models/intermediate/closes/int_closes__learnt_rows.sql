{{ config(materialized='table') }}

-- Grain: one row per base, month and customer whose MRR is another, with the row that was learnt
-- since and tells most of it. Who is one customer goes before what a customer's items are, these
-- before the terms of them, what is told before what is told no more, and of several rows the one
-- that was learnt last.
with differences as (
    select distinct
        base_id,
        period_month,
        customer_id
    from {{ ref('int_closes__mrr_differences') }}
),

bases as (
    select * from {{ ref('stg_reported_bases') }}
),

deliveries as (
    select * from {{ ref('stg_deliveries') }}
),

ledger as (
    select
        ledger.customer_id,
        ledger.effective_date,
        ledger.recorded_at,
        ledger.source_file,
        ledger.source_line,
        greatest(ledger.recorded_at, deliveries.first_loaded_at) as learnt_at,
        deliveries.last_loaded_at
    from {{ ref('fct_mrr_ledger') }} as ledger
    left join deliveries
        on
            ledger.source_name = deliveries.source_name
            and ledger.source_file = deliveries.source_file
    where ledger.customer_id in (select changed.customer_id from differences as changed)
),

-- A row without a day bears on every month.
told_rows as (
    select
        customer_id,
        1 as preference,
        'who is one customer' as detail,
        loaded_at as learnt_at,
        cast(null as date) as effective_date,
        recorded_at,
        source_file,
        source_line
    from {{ ref('int_closes__identity_rows') }}

    union all

    select
        customer_id,
        2 as preference,
        'in force from ' || cast(effective_date as {{ dbt.type_string() }}) as detail,
        learnt_at,
        effective_date,
        recorded_at,
        source_file,
        source_line
    from ledger

    union all

    select
        customer_id,
        3 as preference,
        'the terms of ' || told_of as detail,
        loaded_at as learnt_at,
        cast(null as date) as effective_date,
        recorded_at,
        source_file,
        source_line
    from {{ ref('int_closes__term_rows') }}

    union all

    select
        customer_id,
        4 as preference,
        'no longer in ' || told_in as detail,
        loaded_at as learnt_at,
        cast(null as date) as effective_date,
        recorded_at,
        source_file,
        source_line
    from {{ ref('int_closes__gone_rows') }}

    union all

    -- A file that was mended, and delivered again under its date: which of its rows are others is
    -- not known.
    select
        customer_id,
        5 as preference,
        'in a file that was delivered again' as detail,
        last_loaded_at as learnt_at,
        effective_date,
        recorded_at,
        source_file,
        source_line
    from ledger
),

learnt as (
    select
        differences.base_id,
        differences.period_month,
        told_rows.*,
        case
            when told_rows.preference = 1 then 'identity'
            when
                told_rows.preference = 2
                and told_rows.effective_date >= {{ local_date('bases.as_of') }}
                then 'new_row'
            else 'late_row'
        end as cause
    from differences
    inner join bases on differences.base_id = bases.base_id
    inner join told_rows
        on
            differences.customer_id = told_rows.customer_id
            and bases.as_of < told_rows.learnt_at
            and (
                told_rows.effective_date is null
                or differences.period_month >= {{ month_start('told_rows.effective_date') }}
            )
),

ranked as (
    select
        learnt.*,
        row_number() over (
            partition by base_id, period_month, customer_id
            order by preference asc, recorded_at desc, source_file desc, source_line desc
        ) as rank
    from learnt
)

select
    base_id,
    period_month,
    customer_id,
    cause,
    preference = 5 as is_doubtful,
    detail,
    recorded_at,
    source_file,
    source_line
from ranked
where rank = 1
