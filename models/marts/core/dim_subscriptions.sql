-- Grain: one row per subscription.
-- DECISIONS.md#the-term-of-a-subscription
with items as (
    select * from {{ ref('int_core__subscription_items') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

customers as (
    select customer_id from {{ ref('int_customers__customers') }}
),

delivered as (
    select
        subscriptions.*,
        coalesce(customer_merges.survivor_customer_id, subscriptions.customer_id)
            as paying_customer_id
    from subscriptions
    left join customer_merges
        on subscriptions.customer_id = customer_merges.merged_customer_id
),

lines as (
    select * from {{ ref('int_payments__recurring_lines') }}
    where
        service_start_at <= {{ as_of() }}
        and service_end_at > {{ as_of() }}
),

term_ends as (
    select
        subscription_id,
        max(service_end_at) as term_end_at
    from lines
    group by subscription_id
),

terms as (
    select
        lines.subscription_id,
        min(lines.service_start_at) as term_start_at,
        min(term_ends.term_end_at) as term_end_at
    from lines
    inner join term_ends
        on
            lines.subscription_id = term_ends.subscription_id
            and lines.service_end_at = term_ends.term_end_at
    group by lines.subscription_id
),

sums as (
    select
        subscription_id,
        cast(count(*) as bigint) as items,
        cast(sum(quantity) as {{ type_quantity() }}) as quantity,
        {{ money_sum('mrr') }} as mrr,
        {{ money_sum('committed_mrr') }} as committed_mrr,
        {{ money_sum('discount_mrr') }} as discount_mrr
    from items
    group by subscription_id
),

main_items as (
    select * from items
    where place = 1
),

joined as (
    select
        coalesce(main_items.subscription_id, delivered.subscription_id) as subscription_id,
        coalesce(main_items.customer_id, delivered.paying_customer_id) as customer_id,
        coalesce(main_items.source_name, delivered.source_name) as source_name,
        case
            when main_items.subscription_id is not null then main_items.standing
            when delivered.is_deleted then 'ended'
            else delivered.status
        end as status,
        main_items.plan_name,
        main_items.product_id,
        main_items.billing_interval,
        coalesce(main_items.currency, delivered.currency) as currency,
        delivered.started_at,
        delivered.trial_ended_at,
        delivered.ends_at,
        -- An end that is only scheduled was asked for when its terms began to end.
        coalesce(delivered.cancel_requested_at, main_items.since) as cancel_requested_at,
        coalesce(
            main_items.is_ending, delivered.cancel_requested_at <= {{ as_of() }}, false
        ) as is_ending,
        coalesce(delivered.ended_at, main_items.since) as ended_at,
        coalesce(main_items.source_file, delivered.source_file) as source_file,
        case
            when main_items.subscription_id is not null then main_items.source_line
            else delivered.source_line
        end as source_line
    from main_items
    full outer join delivered on main_items.subscription_id = delivered.subscription_id
)

select
    ---------- ids
    joined.subscription_id,
    joined.customer_id,
    joined.source_name,
    ---------- what it is
    joined.status,
    joined.plan_name as plan,
    joined.product_id as product,
    joined.billing_interval,
    coalesce(sums.items, 0) as items,
    coalesce(sums.quantity, 0) as quantity,
    joined.currency,
    coalesce(sums.mrr, 0) as mrr,
    coalesce(sums.committed_mrr, 0) as committed_mrr,
    coalesce(sums.discount_mrr, 0) as discount_mrr,
    ---------- clock
    {{ local_date('joined.started_at') }} as started_on,
    {{ local_date('joined.trial_ended_at') }} as trial_ended_on,
    case when joined.status <> 'ended' then {{ local_date('terms.term_start_at') }} end
        as term_start_on,
    case when joined.status <> 'ended' then {{ local_date('terms.term_end_at') }} end
        as term_end_on,
    case
        when
            joined.status <> 'ended'
            and not joined.is_ending
            and (joined.ends_at is null or joined.ends_at > terms.term_end_at)
            then {{ local_date('terms.term_end_at') }}
    end as next_renewal_on,
    case
        when joined.status <> 'ended' and joined.is_ending
            then {{ local_date('joined.cancel_requested_at') }}
    end as cancel_requested_on,
    case when joined.status <> 'ended' then {{ local_date('joined.ends_at') }} end as ends_on,
    case when joined.status = 'ended' then {{ local_date('joined.ended_at') }} end as ended_on,
    ---------- lineage
    joined.source_file,
    joined.source_line
from joined
inner join customers on joined.customer_id = customers.customer_id
left join sums on joined.subscription_id = sums.subscription_id
left join terms on joined.subscription_id = terms.subscription_id
