{{ config(materialized='table') }}

-- Grain: one row per invoice line and month in which it earns. It is rounded once, and what
-- rounding leaves is the last month's, or that of the event after which nothing is left to earn.
-- So an event moves no cent of the months before it.
-- DECISIONS.md#the-cent-that-rounding-leaves
with lines as (
    select * from {{ ref('int_finance__lines') }}
),

part_months as (
    select * from {{ ref('int_finance__part_months') }}
),

states as (
    select * from {{ ref('int_finance__part_states') }}
),

taken as (
    select
        line_number,
        sum(taken_deferred) as taken_deferred,
        max(case when taken_deferred <> 0 then month_index end) as month_index
    from {{ ref('int_finance__taken') }}
    group by line_number
),

stretches as (
    select
        part_months.line_number,
        part_months.month_index,
        coalesce(states.amount_per_share, part_months.amount) as amount_per_share,
        coalesce(states.deferred, part_months.amount) as deferred,
        greatest(part_months.from_share - coalesce(states.from_share, 0), 0) as from_share,
        least(part_months.to_share, coalesce(states.to_share, part_months.to_share))
        - coalesce(states.from_share, 0) as to_share
    from part_months
    left join states
        on
            part_months.part_number = states.part_number
            and part_months.to_share > states.from_share
            and (states.to_share is null or part_months.from_share < states.to_share)
),

months as (
    select
        line_number,
        month_index,
        sum(
            least(amount_per_share * to_share, deferred)
            - least(amount_per_share * from_share, deferred)
        ) as amount
    from stretches
    group by
        line_number,
        month_index
),

rounded as (
    select
        lines.line_number,
        months.month_index,
        lines.amount_native - coalesce(taken.taken_deferred, 0) as earned_in_all,
        case when lines.amount_native < 0 then -1 else 1 end
        * {{ round_to_exponent('months.amount', 'lines.exponent') }} as amount,
        months.amount > 0.00000001 or months.month_index = taken.month_index as earns
    from months
    inner join lines on months.line_number = lines.line_number
    left join taken on months.line_number = taken.line_number
),

followed as (
    select
        rounded.*,
        max(case when earns then month_index end) over (partition by line_number)
            as last_month_index,
        coalesce(
            sum(amount) over (
                partition by line_number
                order by month_index
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as earned_before
    from rounded
)

select
    line_number,
    month_index,
    cast(
        case when month_index < last_month_index then amount else earned_in_all - earned_before end
        as {{ type_money() }}
    ) as amount,
    cast(
        case when month_index < last_month_index then earned_before + amount else earned_in_all end
        as {{ type_money() }}
    ) as amount_so_far
from followed
where month_index <= last_month_index
