-- Grain: one row per month that breaks the rule: the channels' tickets are not all of them, or more
-- were solved than opened.
with tickets as (
    select * from {{ ref('fct_tickets_monthly') }}
),

sums as (
    select
        period_month,
        sum(case when channel = 'all' then opened_tickets else 0 end) as opened_tickets,
        sum(case when channel = 'all' then 0 else opened_tickets end) as opened_by_channel,
        sum(case when channel = 'all' then solved_tickets else 0 end) as solved_tickets,
        sum(case when channel = 'all' then 0 else solved_tickets end) as solved_by_channel,
        count(case when solved_tickets <= opened_tickets then 1 end) as possible_rows,
        count(*) as all_rows
    from tickets
    group by period_month
)

select
    {{ told('period_month') }}
    || ': '
    || {{ told('opened_tickets') }}
    || ' tickets opened, by channel '
    || {{ told('opened_by_channel') }}
    || '; '
    || {{ told('solved_tickets') }}
    || ' solved, by channel '
    || {{ told('solved_by_channel') }}
    || case
        when possible_rows < all_rows then '; somewhere more solved than opened, or nobody counted'
        else ''
    end as message,
    period_month
from sums
where
    opened_tickets is distinct from opened_by_channel
    or solved_tickets is distinct from solved_by_channel
    or possible_rows < all_rows
