{{ config(materialized='table') }}

-- Grain: one row per item of a contract, currency, billing interval and service period that
-- invoices bill in full: what they bill, what the terms say, and what a discount that is no part of
-- MRR takes off. As leakage does, it takes the terms that come nearest: those in force as the
-- period begins, as the invoice is booked, or those that the next delivery shows.
-- DECISIONS.md#what-an-invoice-is-compared-with
with lines as (
    select * from {{ ref('int_bridge__service_lines') }}
    where
        not is_part
        and exchange_rate is not null
),

states as (
    select * from {{ ref('int_bridge__contract_states') }}
),

tellings as (
    select * from {{ ref('int_terms__tellings') }}
),

observing_sources as (
    select distinct source_name
    from tellings
),

services as (
    select
        min(source_name) as source_name,
        contract_id,
        item_key,
        currency,
        interval_unit,
        interval_count,
        service_start_at,
        service_end_at,
        max(exponent) as exponent,
        min(booked_at) as booked_at,
        {{ money_sum('net_amount') }} as net_amount,
        {{ money_sum('case when is_discount_known then discount_amount else 0 end') }}
            as discount_amount
    from lines
    group by
        contract_id,
        item_key,
        currency,
        interval_unit,
        interval_count,
        service_start_at,
        service_end_at
),

numbered as (
    select
        services.*,
        greatest(booked_at, service_start_at) as closed_at,
        -- Within one build only: it stands for the columns that make the key.
        row_number() over (
            order by
                contract_id,
                item_key,
                currency,
                interval_unit,
                interval_count,
                service_start_at,
                service_end_at
        ) as service_number
    from services
),

shown as (
    select
        numbered.*,
        {{ earlier_terms_at('tellings.told_before_at', 'numbered.closed_at') }}
            as earlier_terms_at,
        -- A dated source may know days, not hours.
        case
            when observing_sources.source_name is null
                then {{ add_days_to_instant('numbered.closed_at', 1) }}
            else tellings.told_at
        end as shown_at
    from numbered
    left join observing_sources on numbered.source_name = observing_sources.source_name
    left join tellings
        on
            numbered.source_name = tellings.source_name
            and numbered.closed_at < tellings.told_at
            and (
                tellings.told_before_at is null
                or numbered.closed_at >= tellings.told_before_at
            )
),

moments as (
    {{ one_row_per_moment(
        'shown',
        ['service_start_at', 'booked_at', 'shown_at', 'earlier_terms_at']
    ) }}
),

-- What no line names by its item is compared together, each interval by itself.
terms as (
    select
        moments.service_number,
        moments.moment,
        moments.exponent,
        moments.interval_unit,
        moments.interval_count,
        moments.net_amount,
        moments.discount_amount,
        cast(count(states.item_id) as bigint) as items,
        coalesce(sum(states.list_mrr), 0) as list_mrr,
        coalesce(sum(states.net_mrr), 0) as net_mrr,
        coalesce(sum(states.mrr), 0) as mrr
    from moments
    left join states
        on
            moments.contract_id = states.contract_id
            and moments.item_key = states.item_key
            and moments.currency = states.currency
            and moments.moment_at >= states.start_at
            and (states.end_at is null or moments.moment_at < states.end_at)
            and (
                moments.item_key <> ''
                or (
                    moments.interval_unit = states.interval_unit
                    and moments.interval_count = states.interval_count
                )
            )
    group by
        moments.service_number,
        moments.moment,
        moments.exponent,
        moments.interval_unit,
        moments.interval_count,
        moments.net_amount,
        moments.discount_amount
),

-- Most services meet the same terms at every moment: those are compared once.
distinct_terms as (
    select
        service_number,
        exponent,
        interval_unit,
        interval_count,
        net_amount,
        discount_amount,
        items,
        list_mrr,
        net_mrr,
        mrr,
        min(moment) as moment
    from terms
    group by
        service_number,
        exponent,
        interval_unit,
        interval_count,
        net_amount,
        discount_amount,
        items,
        list_mrr,
        net_mrr,
        mrr
),

billed_terms as (
    select
        distinct_terms.*,
        {{ round_to_exponent(
            per_invoice('list_mrr', 'interval_unit', 'interval_count'), 'exponent'
        ) }} as billed_list_mrr,
        {{ round_to_exponent(
            per_invoice('net_mrr', 'interval_unit', 'interval_count'), 'exponent'
        ) }} as billed_net_mrr,
        {{ round_to_exponent(
            per_invoice('mrr', 'interval_unit', 'interval_count'), 'exponent'
        ) }} as billed_mrr
    from distinct_terms
),

-- A trial or a pause is billed at its price or at 0.
candidates as (
    {% for amount in ['net_mrr', 'mrr'] %}
        select
            service_number,
            moment,
            {{ loop.index }} as choice,
            items,
            exponent,
            net_amount,
            billed_{{ amount }} as expected_amount,
            greatest(discount_amount - (billed_list_mrr - billed_net_mrr), 0) as discount_once
        from billed_terms
        {% if amount == 'mrr' %}
            where mrr <> net_mrr
        {% endif %}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

ranked as (
    select
        candidates.*,
        net_amount + discount_once - expected_amount as difference,
        row_number() over (
            partition by service_number
            order by abs(net_amount + discount_once - expected_amount), moment, choice
        ) as nearness
    from candidates
)

select
    numbered.contract_id,
    numbered.item_key,
    numbered.currency,
    numbered.interval_unit,
    numbered.interval_count,
    numbered.service_start_at,
    numbered.service_end_at,
    numbered.net_amount,
    cast(ranked.expected_amount as {{ type_money() }}) as expected_amount,
    cast(ranked.discount_once as {{ type_money() }}) as discount_once,
    -- Each item of a line is rounded to its currency.
    cast(
        case
            when abs(ranked.difference) <= ranked.items * {{ smallest_unit('ranked.exponent') }}
                then ranked.difference
            else 0
        end as {{ type_money() }}
    ) as rounding
from numbered
inner join ranked
    on
        numbered.service_number = ranked.service_number
        and ranked.nearness = 1
