-- Grain: one row per billed period, item and moment at which the item has terms: when the period
-- begins (1), when its invoice is issued (2), when the next delivery shows them (3), before a
-- delivery of the same day (4), and what the delivery before showed (5). `same` is the part of them
-- that is billed at the period's interval.
-- DECISIONS.md#what-an-invoice-is-compared-with
with periods as (
    select * from {{ ref('int_payments__billed_periods') }}
),

states as (
    select * from {{ ref('int_states__item_states') }}
    where standing not in ('ended', 'incomplete')
),

named_items as (
    select * from {{ ref('int_payments__named_items') }}
),

moments as (
    {{ one_row_per_moment(
        'periods',
        ['service_start_at', 'issued_at', 'shown_at', 'earlier_terms_at', 'told_before_at']
    ) }}
),

terms as (
    select
        moments.period_number,
        moments.moment,
        coalesce(named_items.item_id, '') as item_key,
        states.interval_unit = moments.interval_unit
        and states.interval_count = moments.interval_count as is_same_interval,
        states.currency <> moments.currency or states.needs_invoice_amount as is_unknown,
        states.list_mrr,
        states.net_mrr,
        states.mrr
    from moments
    inner join states
        on
            moments.subscription_id = states.subscription_id
            and moments.moment_at >= states.start_at
            and (states.end_at is null or moments.moment_at < states.end_at)
    left join named_items
        on
            states.subscription_id = named_items.subscription_id
            and states.item_id = named_items.item_id
)

select
    period_number,
    item_key,
    moment,
    max(case when is_unknown then 1 else 0 end) = 1 as is_unknown,
    sum(list_mrr) as list_mrr,
    sum(net_mrr) as net_mrr,
    sum(mrr) as mrr,
    sum(case when is_same_interval then list_mrr else 0 end) as same_list_mrr,
    sum(case when is_same_interval then net_mrr else 0 end) as same_net_mrr,
    sum(case when is_same_interval then mrr else 0 end) as same_mrr
from terms
group by
    period_number,
    item_key,
    moment
