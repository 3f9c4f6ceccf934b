-- Grain: one row per invoice line, month and kind of event that took something of what was billed,
-- in the reporting currency too. There it is what the line's rounded rest falls by.
with taken as (
    select * from {{ ref('int_finance__taken') }}
    where not {{ earns_at_once('event_kind') }}
),

lines as (
    select * from {{ ref('int_finance__lines') }}
),

measured as (
    select
        lines.invoice_id,
        lines.line_id,
        taken.month_index,
        taken.event_kind,
        taken.taken_revenue,
        taken.taken_deferred,
        lines.exchange_rate,
        lines.rate_as_double,
        cast(taken.taken_revenue + taken.taken_deferred as {{ type_money() }}) as taken_amount,
        cast(
            lines.amount_native - sum(taken.taken_revenue + taken.taken_deferred) over (
                partition by taken.line_number
                order by taken.month_index, taken.event_kind
                rows between unbounded preceding and current row
            ) as {{ type_money() }}
        ) as amount_left
    from taken
    inner join lines on taken.line_number = lines.line_number
)

select
    invoice_id,
    line_id,
    month_index,
    event_kind,
    taken_revenue,
    taken_deferred,
    {{ convert_money(
        'cast(amount_left + taken_amount as ' ~ type_money() ~ ')', 'exchange_rate', 'rate_as_double'
    ) }}
    - {{ convert_money('amount_left', 'exchange_rate', 'rate_as_double') }} as amount
from measured
