{{ config(materialized='table') }}

-- Grain: one row per event and part of an invoice line that it acts on, in order, with the part's
-- share of the amount and what share of the part was planned to be recognised by then.
-- An event that names no line is spread over all of them, by what they are worth; what draws down
-- a prepayment shares only what takes all there is.
-- DECISIONS.md#bought-and-granted-credits
with events as (
    select * from {{ ref('int_finance__invoice_events') }}
),

part_months as (
    select * from {{ ref('int_finance__part_months') }}
),

planned_ends as (
    select
        part_number,
        max(to_position) as last_position
    from part_months
    group by part_number
),

parts as (
    select
        parts.*,
        lines.exponent,
        lines.is_draw_down,
        case when lines.amount_native < 0 then -parts.amount else parts.amount end as signed_amount
    from {{ ref('int_finance__parts') }} as parts
    inner join {{ ref('int_finance__lines') }} as lines on parts.line_number = lines.line_number
),

met as (
    select
        parts.part_number,
        parts.line_number,
        events.invoice_id,
        parts.line_id,
        parts.carrier_line_id,
        events.event_number,
        events.event_kind,
        events.happened_at,
        events.amount as event_amount,
        parts.signed_amount,
        parts.exponent,
        parts.start_position,
        {{ recognition_position('events.happened_at') }} as position
    from events
    inner join parts
        on
            events.invoice_id = parts.invoice_id
            and (events.line_id is null or events.line_id = parts.line_id)
            and not (parts.is_draw_down and events.line_id is null and events.amount is not null)
),

measured as (
    select
        met.*,
        sum(signed_amount) over (
            partition by invoice_id, event_number
            order by line_id, carrier_line_id
            rows between unbounded preceding and current row
        ) as amount_so_far,
        sum(signed_amount) over (partition by invoice_id, event_number) as all_amounts
    from met
),

spread as (
    select
        measured.*,
        {{ round_to_exponent(
            'event_amount * ' ~ ratio('amount_so_far', 'all_amounts'), 'exponent'
        ) }}
        - {{ round_to_exponent(
            'event_amount * ' ~ ratio('(amount_so_far - signed_amount)', 'all_amounts'), 'exponent'
        ) }} as part_amount
    from measured
)

select
    spread.part_number,
    spread.line_number,
    row_number() over (partition by spread.part_number order by spread.event_number)
        as part_event_number,
    spread.event_kind,
    {{ month_index(local_date('spread.happened_at')) }} as month_index,
    spread.exponent,
    case when spread.signed_amount < 0 then -spread.part_amount else spread.part_amount end
        as amount,
    coalesce(
        part_months.from_share
        + (part_months.to_share - part_months.from_share)
        * (spread.position - part_months.from_position)
        / (part_months.to_position - part_months.from_position),
        case when planned_ends.part_number is not null then 1 else 0 end
    ) as planned_share
from spread
left join part_months
    on
        spread.part_number = part_months.part_number
        and spread.position >= part_months.from_position
        and spread.position < part_months.to_position
left join planned_ends
    on
        spread.part_number = planned_ends.part_number
        and spread.position >= planned_ends.last_position
