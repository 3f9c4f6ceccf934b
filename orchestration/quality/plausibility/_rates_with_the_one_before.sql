with changed as (
    select _source, base, quote, cast(rate_on as date) as rate_on
    from runs.changes_fx_rates
    where not now._is_deleted and now.rate is distinct from before.rate
),

in_force as (
    select _source, base, quote, cast(rate_on as date) as rate_on,
        max_by(rate, (_extracted_at, _delivery_id, _file, _line)) as told,
        try_cast(told as double) as rate,
        power(10, -length(split_part(told, '.', 2))) as step
    from raw.fx_rates
    semi join (select distinct _source, base, quote from changed) as pairs using (_source, base, quote)
    where {named} and not _is_deleted and cast(rate_on as date) >= (select min(rate_on) - 31 from changed)
    group by all
),

in_a_row as (
    select *, lag(rate) over pair as rate_before, lag(rate_on) over pair as rate_on_before,
        lag(step) over pair as step_before
    from in_force
    window pair as (partition by _source, base, quote order by rate_on)
)

select * from in_a_row semi join changed using (_source, base, quote, rate_on)
