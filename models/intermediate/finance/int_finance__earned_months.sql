{{ config(materialized='table') }}

-- Grain: one row per invoice line and month in which it earns. It is rounded once, and what
-- rounding leaves is the last month's, or that of the event after which nothing is left to earn.
-- So an event moves no cent of the months before it.
-- DECISIONS.md#the-cent-that-rounding-leaves
with lines as (
    select * from {{ ref('int_finance__lines') }}
),

parts as (
    select * from {{ ref('int_finance__parts') }}
),

part_months as (
    select * from {{ ref('int_finance__part_months') }}
),

states as (
    select * from {{ ref('int_finance__part_states') }}
),

taken as (
    select
        invoice_id,
        line_id,
        sum(taken_deferred) as taken_deferred,
        max(case when taken_deferred <> 0 then month_index end) as month_index
    from {{ ref('int_finance__taken') }}
    group by
        invoice_id,
        line_id
),

stretches as (
    select
        part_months.invoice_id,
        part_months.line_id,
        part_months.month_index,
        coalesce(states.amount_per_share, parts.amount) as amount_per_share,
        coalesce(states.deferred, parts.amount) as deferred,
        greatest(part_months.from_share - coalesce(states.from_share, 0), 0) as from_share,
        least(part_months.to_share, coalesce(states.to_share, part_months.to_share))
        - coalesce(states.from_share, 0) as to_share
    from part_months
    inner join parts
        on
            part_months.invoice_id = parts.invoice_id
            and part_months.line_id = parts.line_id
            and part_months.carrier_line_id = parts.carrier_line_id
    left join states
        on
            part_months.invoice_id = states.invoice_id
            and part_months.line_id = states.line_id
            and part_months.carrier_line_id = states.carrier_line_id
            and part_months.to_share > states.from_share
            and (states.to_share is null or part_months.from_share < states.to_share)
),

months as (
    select
        invoice_id,
        line_id,
        month_index,
        sum(
            least(amount_per_share * to_share, deferred)
            - least(amount_per_share * from_share, deferred)
        ) as amount
    from stretches
    group by
        invoice_id,
        line_id,
        month_index
),

rounded as (
    select
        lines.invoice_id,
        lines.line_id,
        months.month_index,
        lines.amount_native - coalesce(taken.taken_deferred, 0) as earned_in_all,
        case when lines.amount_native < 0 then -1 else 1 end
        * {{ round_to_exponent('months.amount', 'lines.exponent') }} as amount,
        max(
            case
                when
                    months.amount > 0.00000001
                    or months.month_index = taken.month_index
                    then months.month_index
            end
        ) over (partition by lines.invoice_id, lines.line_id) as last_month_index
    from months
    inner join lines
        on
            months.invoice_id = lines.invoice_id
            and months.line_id = lines.line_id
    left join taken
        on
            months.invoice_id = taken.invoice_id
            and months.line_id = taken.line_id
),

settled as (
    select
        rounded.*,
        sum(case when month_index < last_month_index then amount else 0 end)
            over (partition by invoice_id, line_id) as earned_before
    from rounded
    where month_index <= last_month_index
)

select
    invoice_id,
    line_id,
    month_index,
    cast(
        case when month_index < last_month_index then amount else earned_in_all - earned_before end
        as {{ type_money() }}
    ) as amount
from settled
