{{ config(materialized='table') }}

-- Grain: one row per subscription, currency, billing interval and service period that invoices
-- charged in full, with the last of these invoices and the instants whose terms it may show.
-- A source that shows its items as they are dates new terms by the delivery that shows them first,
-- the invoice by the hour. So the terms may be those in force, or those of the next delivery; what
-- happened before the source was first read, or after it was last read, nothing tells.
with lines as (
    select * from {{ ref('int_payments__recurring_lines') }}
    where
        not is_part
        and amount_ex_tax >= 0
        and subscription_id is not null
),

-- Where MRR is made of the invoices themselves there is no contract to compare them with.
contracts as (
    select * from {{ ref('int_terms__source_bases') }}
    where mrr_basis <> 'invoice_lines'
),

tellings as (
    select * from {{ ref('int_terms__tellings') }}
),

observing_sources as (
    select
        source_name,
        min(told_at) as first_told_at
    from tellings
    group by source_name
),

ranked as (
    select
        lines.*,
        least(lines.issued_at, lines.service_start_at) as opened_at,
        greatest(lines.issued_at, lines.service_start_at) as closed_at,
        row_number() over (
            partition by
                lines.subscription_id,
                lines.currency,
                lines.interval_unit,
                lines.interval_count,
                lines.service_start_at,
                lines.service_end_at
            order by lines.issued_at desc, lines.invoice_id desc, lines.line_id desc
        ) as rank
    from lines
    inner join contracts
        on lines.source_name = contracts.source_name
),

windows as (
    select
        ranked.*,
        observing_sources.source_name is not null as is_observed,
        observing_sources.first_told_at,
        tellings.told_before_at,
        -- A dated source may know days, not hours.
        case
            when observing_sources.source_name is null
                then {{ add_days_to_instant('ranked.closed_at', 1) }}
            else tellings.told_at
        end as shown_at
    from ranked
    left join observing_sources
        on ranked.source_name = observing_sources.source_name
    left join tellings
        on
            ranked.source_name = tellings.source_name
            and ranked.closed_at < tellings.told_at
            and ranked.closed_at >= tellings.told_before_at
    where ranked.rank = 1
)

select
    -- Within one build only: it stands for the six columns that make the key.
    row_number() over (
        order by
            subscription_id,
            service_start_at,
            service_end_at,
            currency,
            interval_unit,
            interval_count
    ) as period_number,
    subscription_id,
    invoice_id,
    customer_id,
    source_name,
    currency,
    exchange_rate,
    interval_unit,
    interval_count,
    service_start_at,
    service_end_at,
    issued_at,
    shown_at,
    told_before_at,
    {{ earlier_terms_at('told_before_at', 'closed_at') }} as earlier_terms_at,
    -- More than a day between two deliveries: what came and went between them nothing tells.
    is_observed and {{ add_days_to_instant('told_before_at', 2) }} < shown_at as is_rarely_told
from windows
where
    not is_observed
    or (first_told_at <= opened_at and shown_at is not null)
