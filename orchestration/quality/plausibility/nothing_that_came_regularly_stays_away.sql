with days as ({of_each_part}),

-- A channel is held against the other channels of its table, a table against the other ones of its source:
-- what comes late comes late for all of them.
everything as (
    select * from days where label is not null
    union
    select _source, table_name, null as label, day from days
),

pauses as (
    select *, day - lag(day) over (partition by _source, table_name, label order by day) as pause
    from everything
    where day <= cast({now} as date)
),

-- A company that grows has ever shorter ones.
newest as (
    select *
    from pauses
    qualify row_number() over (partition by _source, table_name, label order by day desc) <= 60
),

regular as (
    select _source, table_name, label, max(day) as last_day, max(pause) as longest, avg(pause) as usual
    from newest
    group by all
    having count(pause) >= 30
),

silent as (
    select *,
        max(last_day) over (
            partition by _source, label is null, case when label is not null then table_name end
        ) - last_day as silence,
        greatest(longest + {threshold} * (longest - usual), if(label is null, 7, 3)) as bearable
    from regular
)

select
    table_name || ' of ' || _source || coalesce(', ' || label, '') || ': the last is of ' || last_day || ', '
    || silence || ' days before the newest of what comes beside it; its longest pause was ' || longest || ' days'
    as message,
    _source, table_name, label, last_day, silence, longest
from silent
-- Who gave a channel up is told so for a month.
where silence > bearable and silence <= bearable + 30
order by _source, table_name, label
