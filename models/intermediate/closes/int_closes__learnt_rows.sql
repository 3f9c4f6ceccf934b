{{ config(materialized='table') }}

-- Grain: one row per base, month and customer whose MRR is another, with the row that was learnt
-- since and tells most of it. Who is one customer goes before what a customer's items are, what is
-- told before what is told no more, and of several rows the one that was learnt last.
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

identity_rows as (
    select * from {{ ref('int_closes__identity_rows') }}
),

gone_rows as (
    select * from {{ ref('int_closes__gone_rows') }}
),

learnt as (
    select
        differences.base_id,
        differences.period_month,
        differences.customer_id,
        1 as preference,
        'identity' as cause,
        'who is one customer' as detail,
        identity_rows.recorded_at,
        identity_rows.source_file,
        identity_rows.source_line
    from differences
    inner join bases on differences.base_id = bases.base_id
    inner join identity_rows
        on
            differences.customer_id = identity_rows.customer_id
            and bases.as_of < identity_rows.loaded_at

    union all

    select
        differences.base_id,
        differences.period_month,
        differences.customer_id,
        2 as preference,
        case
            when
                bases.kind = 'release'
                and ledger.effective_date >= {{ local_date('bases.as_of') }}
                then 'new_row'
            else 'late_row'
        end as cause,
        'in force from ' || cast(ledger.effective_date as {{ dbt.type_string() }}) as detail,
        ledger.recorded_at,
        ledger.source_file,
        ledger.source_line
    from differences
    inner join bases on differences.base_id = bases.base_id
    inner join ledger
        on
            differences.customer_id = ledger.customer_id
            and bases.as_of < ledger.learnt_at
            and differences.period_month >= {{ month_start('ledger.effective_date') }}

    union all

    select
        differences.base_id,
        differences.period_month,
        differences.customer_id,
        3 as preference,
        'late_row' as cause,
        'no longer in ' || gone_rows.told_in as detail,
        gone_rows.recorded_at,
        gone_rows.source_file,
        gone_rows.source_line
    from differences
    inner join bases on differences.base_id = bases.base_id
    inner join gone_rows
        on
            differences.customer_id = gone_rows.customer_id
            and bases.as_of < gone_rows.loaded_at

    union all

    -- A file that was mended, and delivered again under its date: which of its rows are others is
    -- not known.
    select
        differences.base_id,
        differences.period_month,
        differences.customer_id,
        4 as preference,
        'late_row' as cause,
        'in a file that was delivered again' as detail,
        ledger.recorded_at,
        ledger.source_file,
        ledger.source_line
    from differences
    inner join bases on differences.base_id = bases.base_id
    inner join ledger
        on
            differences.customer_id = ledger.customer_id
            and bases.as_of < ledger.last_loaded_at
            and differences.period_month >= {{ month_start('ledger.effective_date') }}
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
    preference = 4 as is_doubtful,
    detail,
    recorded_at,
    source_file,
    source_line
from ranked
where rank = 1
