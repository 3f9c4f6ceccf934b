-- Grain: one row per price change, plan and direction, or direction, that breaks the rule: it has
-- other customers, items or MRR than those whom it reached.
with met as (
    select
        *,
        direction || '/' || plan as plan_id
    from {{ ref('fct_price_change_customers') }}
),

scoped as (
    select
        price_change_id as row_id,
        items,
        mrr_before,
        mrr_effect
    from met

    union all

    select
        plan_id as row_id,
        items,
        mrr_before,
        mrr_effect
    from met

    union all

    select
        direction as row_id,
        items,
        mrr_before,
        mrr_effect
    from met
),

sums as (
    select
        row_id,
        count(*) as customers,
        sum(items) as items_met,
        {{ money_sum('mrr_before') }} as mrr_met,
        {{ money_sum('mrr_effect') }} as mrr_gained
    from scoped
    group by row_id
),

changes as (
    select * from {{ ref('fct_price_changes') }}
)

select
    {{ told('coalesce(changes.price_change_id, sums.row_id)') }}
    || ': ' || {{ told('changes.customers') }}
    || ' customers, ' || {{ told('changes.items') }}
    || ' items, ' || {{ told('changes.mrr_before') }}
    || ' and ' || {{ told('changes.mrr_effect') }}
    || ', those it reached have ' || {{ told('sums.customers') }}
    || ', ' || {{ told('sums.items_met') }}
    || ', ' || {{ told('sums.mrr_met') }}
    || ' and ' || {{ told('sums.mrr_gained') }} as message,
    coalesce(changes.price_change_id, sums.row_id) as price_change_id
from changes
full outer join sums on changes.price_change_id = sums.row_id
where
    changes.customers is distinct from sums.customers
    or changes.items is distinct from sums.items_met
    or changes.mrr_before is distinct from sums.mrr_met
    or changes.mrr_effect is distinct from sums.mrr_gained
