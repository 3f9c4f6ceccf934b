-- Grain: one row per invoice and subscription that was billed for time in which there was none.
with lines as (
    select * from {{ ref('int_payments__recurring_lines') }}
    where
        amount_ex_tax > 0
        and not is_proration
),

excluded as (
    select * from {{ ref('int_terms__excluded_customers') }}
),

versions as (
    select * from {{ ref('int_terms__item_versions') }}
),

tellings as (
    select
        source_name,
        min(told_at) as first_told_at,
        max(told_at) as last_told_at
    from {{ ref('int_terms__tellings') }}
    group by source_name
),

lives as (
    select
        subscription_id,
        max(coalesce(end_at, cast('9999-12-31' as {{ type_instant() }}))) as last_end_at
    from versions
    where status not in ('ended', 'incomplete')
    group by subscription_id
)

select
    'invoiced_without_subscription' as finding_type,
    min(lines.customer_id) as customer_id,
    lines.subscription_id,
    lines.invoice_id,
    cast(0 as {{ type_money() }}) as expected,
    {{ money_sum(
        balance_in_reporting_currency('lines.amount_ex_tax', 'lines.currency', 'lines.exchange_rate')
    ) }} as actual,
    {{ money_sum(
        balance_in_reporting_currency('lines.amount_ex_tax', 'lines.currency', 'lines.exchange_rate')
    ) }} as amount_at_risk,
    min({{ local_date('lines.service_start_at') }}) as since
from lines
left join lives
    on lines.subscription_id = lives.subscription_id
left join excluded
    on lines.customer_id = excluded.customer_id
left join tellings
    on lines.source_name = tellings.source_name
where
    excluded.customer_id is null
    -- What the source shows as it is may be over before it was first read, or not be read yet.
    and (
        tellings.source_name is null
        or (
            lines.issued_at >= tellings.first_told_at
            and lines.issued_at < tellings.last_told_at
        )
    )
    and (
        lives.subscription_id is null
        or lines.service_start_at >= lives.last_end_at
    )
group by
    lines.subscription_id,
    lines.invoice_id
