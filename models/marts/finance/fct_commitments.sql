-- Grain: one row per commitment and period of it that begins by the end of the as-of month.
-- DECISIONS.md#commitments
with commitments as (
    select
        commitment_id,
        subscription_id,
        amount,
        currency,
        interval_unit,
        anchor,
        time_zone,
        source_file,
        source_line,
        case interval_unit
            when 'month' then interval_count
            when 'quarter' then 3 * interval_count
            when 'year' then 12 * interval_count
        end as months_per_period,
        case interval_unit when 'week' then 7 * interval_count end as days_per_period,
        {{ date_in_zone('starts_at', 'time_zone') }} as starts_on,
        {{ date_in_zone('ends_at', 'time_zone') }} as ends_on
    from {{ ref('stg_commitments') }}
    where starts_at <= {{ as_of() }}
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

excluded as (
    select * from {{ ref('int_terms__excluded_customers') }}
),

subscriptions as (
    select
        subscriptions.subscription_id,
        coalesce(customer_merges.survivor_customer_id, subscriptions.customer_id) as customer_id
    from {{ ref('stg_subscriptions') }} as subscriptions
    left join customer_merges on subscriptions.customer_id = customer_merges.merged_customer_id
    left join excluded on subscriptions.customer_id = excluded.customer_id
    where excluded.customer_id is null
),

anchored as (
    select
        commitments.*,
        subscriptions.customer_id,
        coalesce(currencies.exponent, 2) as exponent,
        case
            when commitments.anchor = 'start' then commitments.starts_on
            when commitments.interval_unit = 'week'
                then {{ add_days(
                    'commitments.starts_on',
                    '-(' ~ days_between("cast('1970-01-05' as date)", 'commitments.starts_on')
                    ~ ' % 7)'
                ) }}
            else {{ month_from_index(
                '(' ~ month_index('commitments.starts_on') ~ ' - ' ~ month_index('commitments.starts_on')
                ~ ' % commitments.months_per_period)'
            ) }}
        end as first_period_on,
        least(
            {{ month_end_from_index(month_index(as_of_date())) }},
            coalesce(
                {{ add_days('commitments.ends_on', -1) }},
                {{ month_end_from_index(month_index(as_of_date())) }}
            )
        ) as last_on
    from commitments
    inner join subscriptions on commitments.subscription_id = subscriptions.subscription_id
    left join {{ ref('iso_4217') }} as currencies on commitments.currency = currencies.currency
),

numbered as (
    select
        anchored.*,
        {{ expand_integers(
            '0',
            'cast(' ~ days_between('first_period_on', 'last_on')
            ~ ' / coalesce(days_per_period, 28 * months_per_period) as integer)'
        ) }} as number
    from anchored
),

begun as (
    select
        numbered.*,
        {{ commitment_period_start('number') }} as period_start_on,
        {{ commitment_period_start('number + 1') }} as period_end_on
    from numbered
),

periods as (
    select
        commitment_id,
        subscription_id,
        customer_id,
        currency,
        time_zone,
        source_file,
        source_line,
        period_start_on,
        period_end_on,
        {{ round_to_exponent(
            'amount * ' ~ ratio(
                days_between(
                    'greatest(period_start_on, starts_on)',
                    'least(period_end_on, coalesce(ends_on, period_end_on))'
                ),
                days_between('period_start_on', 'period_end_on')
            ),
            'exponent'
        ) }} as committed_native
    from begun
    where period_start_on <= last_on
),

zones as (
    select distinct
        subscription_id,
        time_zone
    from commitments
),

-- A line without days of its own bills what was before its invoice.
lines as (
    select
        lines.subscription_id,
        zones.time_zone,
        lines.currency,
        lines.kind,
        lines.amount_native,
        lines.discount_amount,
        {{ convert_money('lines.amount_native', 'lines.exchange_rate', 'lines.rate_as_double') }}
            as amount,
        {{ date_in_zone('lines.booked_at', 'zones.time_zone') }} as booked_on,
        case
            when lines.has_period then {{ date_in_zone('lines.start_at', 'zones.time_zone') }}
            else {{ add_days(date_in_zone('lines.booked_at', 'zones.time_zone'), -1) }}
        end as served_on
    from {{ ref('int_finance__lines') }} as lines
    inner join {{ ref('int_finance__booked_invoices') }} as invoices
        on lines.invoice_id = invoices.invoice_id
    inner join zones on lines.subscription_id = zones.subscription_id
    where
        lines.kind in ('recurring', 'usage', 'true_up')
        and invoices.status <> 'void'
),

billed as (
    select
        periods.commitment_id,
        periods.period_start_on,
        {{ money_sum(
            "case when lines.kind <> 'true_up' then lines.amount_native + lines.discount_amount else 0 end"
        ) }} as used_native,
        {{ money_sum("case when lines.kind = 'true_up' then lines.amount_native else 0 end") }}
            as true_up_native,
        {{ money_sum('lines.amount_native') }} as billed_native,
        {{ money_sum('lines.amount') }} as billed
    from periods
    inner join lines
        on
            periods.subscription_id = lines.subscription_id
            and periods.time_zone = lines.time_zone
            and periods.currency = lines.currency
            and periods.period_start_on <= lines.served_on
            and periods.period_end_on > lines.served_on
    group by
        periods.commitment_id,
        periods.period_start_on
),

invoiced as (
    select
        subscription_id,
        time_zone,
        max(booked_on) as last_booked_on
    from lines
    group by
        subscription_id,
        time_zone
),

compared as (
    select
        periods.*,
        coalesce(billed.used_native, 0) as used_native,
        coalesce(billed.true_up_native, 0) as true_up_native,
        coalesce(billed.billed_native, 0) as billed_native,
        case when billed.commitment_id is null then 0 else billed.billed end as billed,
        coalesce(invoiced.last_booked_on >= periods.period_end_on, false) as is_invoiced
    from periods
    left join billed
        on
            periods.commitment_id = billed.commitment_id
            and periods.period_start_on = billed.period_start_on
    left join invoiced
        on
            periods.subscription_id = invoiced.subscription_id
            and periods.time_zone = invoiced.time_zone
)

select
    ---------- ids
    commitment_id,
    period_start_on,
    subscription_id,
    customer_id,
    currency,
    ---------- what the period is
    period_end_on,
    case
        when used_native >= committed_native then 'met'
        when is_invoiced then 'missed'
        else 'open'
    end as outcome,
    ---------- money
    committed_native,
    used_native,
    cast(greatest(used_native - committed_native, 0) as {{ type_money() }}) as overage_native,
    cast(greatest(committed_native - used_native, 0) as {{ type_money() }}) as shortfall_native,
    true_up_native,
    billed_native,
    cast(billed as {{ type_money() }}) as billed,
    ---------- lineage
    source_file,
    source_line
from compared
