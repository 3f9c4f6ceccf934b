with new_days as (
    select distinct _source, now.channel as channel, now.currency as currency, cast(spend_on as date) as spend_on
    from runs.changes_ad_spend
    where not now._is_deleted and now.amount is distinct from before.amount
),

-- Of old days what the last release had: a file may restate them all.
in_force as (
    select _source, account_id, campaign_id, cast(spend_on as date) as spend_on,
        max_by(channel, version) as channel, max_by(currency, version) as currency,
        max_by(try_cast(amount as double), version) as amount,
        max_by(try_cast(amount as double), version) filter (
            _delivery_id in (from runs.published_deliveries)
        ) as amount_before
    from (
        select *, (_extracted_at, _delivery_id, _file, _line) as version
        from raw.ad_spend
        where {named} and not _is_deleted
            and cast(spend_on as date) >= (select min(spend_on) - 60 from new_days)
    )
    group by all
),

days as (
    select _source, channel, currency, spend_on, sum(amount) as amount, sum(amount_before) as amount_before
    from in_force
    group by all
),

compared as (
    select days._source, days.channel, days.currency, days.spend_on, days.amount,
        max(earlier.amount_before) as amount_before, count(earlier.amount_before) as days_before
    from days
    semi join new_days using (_source, channel, currency, spend_on)
    inner join days as earlier
        on days._source = earlier._source and days.channel = earlier.channel and days.currency = earlier.currency
            and earlier.spend_on between days.spend_on - 60 and days.spend_on - 1
    group by all
)

select
    spend_on || ', ' || channel || ' of ' || _source || ': ' || round(amount, 2) || ' ' || currency
    || '; the largest day before had ' || round(amount_before, 2) as message,
    _source, channel, currency, spend_on, amount, amount_before
from compared
where days_before >= 7 and amount_before > 0 and amount >= {threshold} * amount_before
order by _source, channel, spend_on
