-- Grain: one row per part of an invoice line and month that it is recognised in: from which share
-- of it to which, 0 to 1, as long as nothing happens to its invoice. What is paid in advance has
-- none.
with parts as (
    select * from {{ ref('int_finance__parts') }}
    where not is_prepaid
),

months as (
    select
        parts.*,
        {{ expand_integers('parts.first_month_index', 'parts.last_month_index') }} as month_index
    from parts
),

positioned as (
    select
        months.*,
        month_index - first_month_index as month_number,
        greatest(start_position, {{ month_position('month_index') }}) as from_position,
        least(end_position, {{ month_position('month_index + 1') }}) as to_position
    from months
)

select
    part_number,
    line_number,
    month_index,
    amount,
    from_position,
    to_position,
    {{ planned_share('month_number', 'from_position') }} as from_share,
    {{ planned_share('(month_number + 1)', 'to_position') }} as to_share
from positioned
