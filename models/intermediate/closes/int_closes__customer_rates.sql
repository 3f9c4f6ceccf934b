-- Grain: one row per base, month and customer that pays in a currency of which a rate is another.
with moved_rates as (
    select * from {{ ref('int_closes__moved_rates') }}
),

differences as (
    select * from {{ ref('int_closes__mrr_differences') }}
),

currencies as (
    select distinct
        customer_id,
        currency
    from {{ ref('fct_mrr_ledger') }}
    where customer_id in (select changed.customer_id from differences as changed)
),

ranked as (
    select
        moved_rates.*,
        currencies.customer_id,
        row_number() over (
            partition by moved_rates.base_id, moved_rates.period_month, currencies.customer_id
            order by moved_rates.recorded_at desc, moved_rates.currency asc
        ) as rank
    from moved_rates
    inner join currencies on moved_rates.currency = currencies.currency
)

select
    base_id,
    period_month,
    customer_id,
    currency,
    recorded_at,
    source_file,
    source_line
from ranked
where rank = 1
