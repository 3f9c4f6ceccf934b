{{ config(materialized='table') }}

-- Grain: one row per invoice line and line whose days it is recognised over: itself, or for a
-- discount without a period each recurring line of its invoice.
-- These share it by what they are worth. Amounts are without their sign here, so that what is taken
-- off a line makes it smaller.
-- DECISIONS.md#a-discount-line
with lines as (
    select * from {{ ref('int_finance__lines') }}
),

discounts as (
    select *
    from lines
    where
        kind = 'discount'
        and not has_period
),

carriers as (
    select
        *,
        sum(amount_native) over (
            partition by invoice_id
            order by line_id
            rows between unbounded preceding and current row
        ) as amount_so_far,
        sum(amount_native) over (partition by invoice_id) as carried_amount
    from lines
    where
        kind = 'recurring'
        and amount_native > 0
        and invoice_id in (select discounts.invoice_id from discounts)
),

spread_discounts as (
    select
        discounts.line_number,
        discounts.invoice_id,
        discounts.line_id,
        carriers.line_id as carrier_line_id,
        carriers.start_at,
        carriers.end_at,
        {{ round_to_exponent(
            'abs(discounts.amount_native) * '
            ~ ratio('carriers.amount_so_far', 'carriers.carried_amount'),
            'discounts.exponent'
        ) }}
        - {{ round_to_exponent(
            'abs(discounts.amount_native) * '
            ~ ratio('(carriers.amount_so_far - carriers.amount_native)', 'carriers.carried_amount'),
            'discounts.exponent'
        ) }} as amount,
        false as is_prepaid
    from discounts
    inner join carriers on discounts.invoice_id = carriers.invoice_id
),

spread_lines as (
    select distinct line_number
    from spread_discounts
),

spans as (
    select * from spread_discounts

    union all

    select
        lines.line_number,
        lines.invoice_id,
        lines.line_id,
        lines.line_id as carrier_line_id,
        lines.start_at,
        lines.end_at,
        abs(lines.amount_native) as amount,
        lines.kind = 'credit_purchase' as is_prepaid
    from lines
    left join spread_lines on lines.line_number = spread_lines.line_number
    where spread_lines.line_number is null
),

positioned as (
    select
        spans.*,
        {{ recognition_position('spans.start_at') }} as start_position,
        -- A period within one day is that day, and what has no period has a moment of its own.
        greatest(
            {{ recognition_position('spans.end_at') }},
            {{ recognition_position('spans.start_at') }} + 1
        ) as end_position,
        {{ month_index(local_date('spans.start_at')) }} as first_month_index,
        {{ month_index(local_date('spans.end_at')) }} as reached_month_index,
        {{ even_months('spans.start_at', 'spans.end_at') }} as even_months
    from spans
),

bounded as (
    select
        positioned.*,
        case
            when {{ month_position('reached_month_index') }} >= end_position
                then reached_month_index - 1
            else reached_month_index
        end as last_month_index
    from positioned
)

select
    {{ row_of_build() }} as part_number,
    line_number,
    invoice_id,
    line_id,
    carrier_line_id,
    amount,
    is_prepaid,
    start_position,
    end_position,
    first_month_index,
    last_month_index,
    even_months,
    {{ partial_months('first_month_index', 'start_position') }} as head_months,
    {{ partial_months('(last_month_index + 1)', 'end_position') }} as tail_months,
    {{ partial_months('first_month_index', 'start_position') }}
    * ({{ month_position('first_month_index + 1') }} - start_position)
    / (end_position - start_position) as head_share,
    {{ partial_months('(last_month_index + 1)', 'end_position') }}
    * (end_position - {{ month_position('last_month_index') }})
    / (end_position - start_position) as tail_share
from bounded
