with followed as ({rates_with_the_one_before})

select
    rate_on || ', ' || base || '/' || quote || ' of ' || _source || ': ' || rate || ' after '
    || rate_before || ' of ' || rate_on_before as message,
    _source, base, quote, rate_on, rate, rate_before
from followed
where rate_on - rate_on_before <= 7
    and abs(rate - rate_before) > {threshold} * rate_before
    -- A unit of the last decimal is no move.
    and abs(rate - rate_before) > 1.5 * greatest(step, step_before)
order by rate_on, base, quote
