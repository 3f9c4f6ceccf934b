with new_rates as (
    select _source, rate_on, base, quote
    from runs.changes_fx_rates
    where not now._is_deleted and now.rate is distinct from before.rate
),

in_force as (
    select _source, rate_on, base, quote, max_by(rate, (_extracted_at, _delivery_id, _file, _line)) as told,
        try_cast(told as double) as rate,
        power(10, -length(split_part(told, '.', 2))) as step
    from raw.fx_rates
    where {named} and not _is_deleted and rate_on in (select rate_on from new_rates)
    group by all
)

select
    one.rate_on || ', ' || one.base || '/' || one.quote || ' of ' || one._source || ': ' || one.told || ' and '
    || other.told || ' the other way round make ' || round(one.rate * other.rate, 6) as message,
    one._source, one.rate_on, one.base, one.quote, one.told as rate, other.told as inverse_rate
from in_force as one
inner join in_force as other
    on one._source = other._source and one.rate_on = other.rate_on
        and one.base = other.quote and one.quote = other.base
where one.base < one.quote
    and exists (
        select 1 from new_rates
        where new_rates._source = one._source and new_rates.rate_on = one.rate_on
            and new_rates.base in (one.base, one.quote) and new_rates.quote in (one.base, one.quote)
    )
    and abs(one.rate * other.rate - 1)
    > {threshold} + coalesce(0.5 * one.step / nullif(one.rate, 0), 0)
    + coalesce(0.5 * other.step / nullif(other.rate, 0), 0)
order by one.rate_on, one.base, one.quote
