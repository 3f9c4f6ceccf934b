-- Grain: one row per customer and time without MRR that is short enough to count as paid through.
-- Empty under the default policy gap_tolerance_days 0.
-- DECISIONS.md#a-bridged-gap
with paid as (
    select
        customer_id,
        start_at,
        end_at
    from {{ ref('int_states__counted_states') }}
    where
        {{ 'true' if policy('gap_tolerance_days') | int > 0 else 'false' }}
        and mrr > 0
        and start_at <= {{ as_of() }}
),

events as (
    select
        customer_id,
        start_at as changed_at,
        1 as items
    from paid

    union all

    select
        customer_id,
        end_at as changed_at,
        -1 as items
    from paid
    where end_at <= {{ as_of() }}
),

instants as (
    select
        customer_id,
        changed_at,
        sum(items) as items
    from events
    group by
        customer_id,
        changed_at
),

running as (
    select
        instants.customer_id,
        instants.changed_at,
        sum(instants.items) over (
            partition by instants.customer_id
            order by instants.changed_at
            rows between unbounded preceding and current row
        ) as paid_items,
        lead(instants.changed_at) over (
            partition by instants.customer_id order by instants.changed_at
        ) as next_changed_at
    from instants
)

select
    customer_id,
    changed_at as gap_start_at,
    next_changed_at as gap_end_at
from running
where
    paid_items = 0
    and next_changed_at <= {{ add_days_to_instant('changed_at', policy('gap_tolerance_days')) }}
