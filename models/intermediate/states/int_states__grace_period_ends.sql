-- Grain: one row per item version that is past due for longer than the policy allows in all.
-- Empty without the policy past_due_max_days. The days count from the first version of the stretch.
with versions as (
    select
        subscription_id,
        item_id,
        start_at,
        end_at,
        status
    from {{ ref('int_terms__item_versions') }}
    where
        {{ 'true' if policy('past_due_max_days') is not none else 'false' }}
        and {{ is_affected_row('int_terms__item_versions') }}
),

stretches as (
    select
        versions.*,
        max(case when versions.status <> 'past_due' then versions.start_at end) over (
            partition by versions.subscription_id, versions.item_id
            order by versions.start_at
            rows between unbounded preceding and current row
        ) as last_paid_version_at
    from versions
),

past_due as (
    select
        stretches.*,
        min(stretches.start_at) over (
            partition by
                stretches.subscription_id, stretches.item_id, stretches.last_paid_version_at
        ) as past_due_since
    from stretches
    where stretches.status = 'past_due'
),

limits as (
    select
        subscription_id,
        item_id,
        start_at as version_start_at,
        end_at as version_end_at,
        {{ add_days_to_instant('past_due_since', policy('past_due_max_days') or 0) }} as limit_at
    from past_due
)

select
    subscription_id,
    item_id,
    version_start_at,
    limit_at
from limits
where
    version_end_at is null
    or limit_at < version_end_at
