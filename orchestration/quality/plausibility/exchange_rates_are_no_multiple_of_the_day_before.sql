-- The rate before may be a month old: many companies deliver one a month.
with followed as ({rates_with_the_one_before})

select
    rate_on || ', ' || base || '/' || quote || ' of ' || _source || ': ' || rate || ' after '
    || rate_before || ' of ' || rate_on_before as message,
    _source, base, quote, rate_on, rate, rate_before
from followed
where rate_on - rate_on_before <= 31
    and (rate >= {threshold} * rate_before or rate * {threshold} <= rate_before)
order by rate_on, base, quote
