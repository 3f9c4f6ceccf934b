-- Grain: one row per item of a subscription whose terms are in force at as_of, else per item that
-- ended last of it. Of several the main one is what most of the MRR is for.
-- MRR is rounded item after item, so that the subscriptions of a customer add up to it.
with states as (
    select * from {{ ref('int_states__item_states') }}
    where start_at <= {{ as_of() }}
),

subscriptions as (
    select
        subscription_id,
        max(case when end_at is null or end_at > {{ as_of() }} then 1 else 0 end) as is_in_force,
        max(end_at) as last_end_at
    from states
    group by subscription_id
),

scheduled as (
    select * from {{ ref('int_ledger__scheduled_items') }}
),

rates as (
    select
        currency,
        rate,
        cast(rate as {{ type_double() }}) as rate_as_double
    from {{ ref('int_fx__month_rates') }}
    where month_index = {{ month_index(as_of_date()) }}
),

items as (
    select
        states.*,
        cast(
            states.committed_mrr + coalesce(scheduled.committed_mrr_difference, 0)
            as {{ type_money() }}
        ) as expected_mrr,
        subscriptions.is_in_force = 1 as is_in_force
    from states
    inner join subscriptions
        on
            states.subscription_id = subscriptions.subscription_id
            and (
                states.end_at is null
                or states.end_at > {{ as_of() }}
                or (subscriptions.is_in_force = 0 and states.end_at = subscriptions.last_end_at)
            )
    left join scheduled
        on
            states.subscription_id = scheduled.subscription_id
            and states.item_id = scheduled.item_id
),

levels as (
    select
        items.*,
        case when items.is_in_force then items.mrr else 0 end as mrr_native,
        case when items.is_in_force then items.expected_mrr else 0 end as committed_native,
        case
            when
                items.is_in_force
                and items.standing in ('active', 'past_due', 'retention_trial')
                then cast(items.list_mrr - items.mrr as {{ type_money() }})
            else cast(0 as {{ type_money() }})
        end as discount_native,
        sum(case when items.is_in_force then items.mrr else 0 end) over parts as mrr_level,
        sum(case when items.is_in_force then items.expected_mrr else 0 end) over parts
            as committed_level
    from items
    window parts as (
        partition by items.customer_id, items.currency
        order by items.subscription_id, items.item_id
        rows between unbounded preceding and current row
    )
)

select
    levels.customer_id,
    levels.subscription_id,
    levels.item_id,
    levels.source_name,
    case when levels.is_in_force then levels.standing else 'ended' end as standing,
    levels.plan_name,
    levels.product_id,
    levels.price_id,
    {{ billing_interval('levels.interval_unit', 'levels.interval_count') }} as billing_interval,
    levels.currency,
    levels.billing_scheme,
    levels.unit_amount,
    levels.list_mrr,
    levels.mrr_native,
    cast(case when levels.mrr_native > 0 then levels.quantity else 0 end as {{ type_quantity() }})
        as quantity,
    case
        when levels.currency = {{ reporting_currency() }} then levels.mrr_native
        else {{ converted_part(
            'levels.mrr_level', 'levels.mrr_native', 'rates.rate', 'rates.rate_as_double'
        ) }}
    end as mrr,
    case
        when levels.currency = {{ reporting_currency() }} then levels.committed_native
        else {{ converted_part(
            'levels.committed_level', 'levels.committed_native', 'rates.rate', 'rates.rate_as_double'
        ) }}
    end as committed_mrr,
    {{ balance_in_reporting_currency('levels.discount_native', 'levels.currency', 'rates.rate') }}
        as discount_mrr,
    row_number() over (
        partition by levels.subscription_id
        order by
            levels.mrr_native desc,
            case when levels.standing = 'ended' then 1 else 0 end asc,
            levels.item_id asc
    ) as place,
    levels.is_in_force and levels.is_ending as is_ending,
    case when levels.is_in_force then levels.start_at else levels.end_at end as since,
    levels.source_file,
    levels.source_line
from levels
left join rates on levels.currency = rates.currency
