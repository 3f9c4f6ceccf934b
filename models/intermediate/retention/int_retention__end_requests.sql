{{ config(materialized='table') }}

-- Grain: one row per subscription and time at which all that it paid for was asked to end.
-- Who had MRR for hours only, and at no day's end, is in no cohort and asks for nothing here.
-- DECISIONS.md#requests-and-saves
with ending as (
    select distinct subscription_id
    from {{ ref('int_states__item_states') }}
    where
        is_ending
        and start_at <= {{ as_of() }}
),

-- What is paid goes on under a policy that no longer counts it.
states as (
    select
        item_states.subscription_id,
        item_states.item_id,
        item_states.customer_id,
        item_states.start_at,
        case when item_states.end_at <= {{ as_of() }} then item_states.end_at end as end_at,
        item_states.currency,
        item_states.plan_name,
        item_states.product_id,
        item_states.is_retention_trial,
        case
            when item_states.standing = 'cancel_requested' or item_states.is_retention_trial
                then item_states.net_mrr
            else item_states.mrr
        end as amount,
        case when item_states.is_ending then 0 else 1 end as is_going_on,
        item_states.source_name,
        item_states.source_file,
        item_states.source_line
    from {{ ref('int_states__item_states') }} as item_states
    inner join ending on item_states.subscription_id = ending.subscription_id
    where item_states.start_at <= {{ as_of() }}
),

steps as (
    select
        subscription_id,
        start_at as stepped_at,
        amount,
        amount * is_going_on as going_on
    from states

    union all

    select
        subscription_id,
        end_at as stepped_at,
        -amount as amount,
        -amount * is_going_on as going_on
    from states
    where end_at is not null
),

instants as (
    select
        subscription_id,
        stepped_at,
        sum(amount) as amount,
        sum(going_on) as going_on
    from steps
    group by
        subscription_id,
        stepped_at
),

levels as (
    select
        subscription_id,
        stepped_at,
        sum(amount) over history as amount,
        sum(going_on) over history as going_on
    from instants
    window history as (
        partition by subscription_id
        order by stepped_at
        rows between unbounded preceding and current row
    )
),

compared as (
    select
        *,
        case when amount > 0 and going_on = 0 then 1 else 0 end as is_requested,
        lag(case when amount > 0 and going_on = 0 then 1 else 0 end, 1, 0) over (
            partition by subscription_id order by stepped_at
        ) as was_requested
    from levels
),

changes as (
    select
        subscription_id,
        is_requested,
        stepped_at,
        lead(stepped_at) over history as next_stepped_at,
        lead(amount) over history as next_amount
    from compared
    where is_requested <> was_requested
    window history as (partition by subscription_id order by stepped_at)
),

requests as (
    select
        subscription_id,
        stepped_at as requested_at,
        {{ local_date('stepped_at') }} as requested_on,
        case when next_amount > 0 then {{ local_date('next_stepped_at') }} end as withdrawn_on,
        case when next_amount = 0 then {{ local_date('next_stepped_at') }} end as ended_on
    from changes
    where is_requested = 1
),

cohorts as (
    select * from {{ ref('int_retention__cohorts') }}
),

rates as (
    select * from {{ ref('int_fx__day_rates') }}
),

-- Both amounts at the rate of the request, so that a rate saves nothing.
amounts as (
    select
        requests.subscription_id,
        requests.requested_at,
        states.item_id,
        states.customer_id,
        states.plan_name,
        states.product_id,
        states.start_at,
        states.source_name,
        states.source_file,
        states.source_line,
        {{ balance_in_reporting_currency('states.amount', 'states.currency', 'rates.rate') }}
            as amount,
        states.start_at <= requests.requested_at
        and (states.end_at is null or states.end_at > requests.requested_at) as is_at_request,
        {{ local_date('states.start_at') }} <= {{ add_days('requests.requested_on', 90) }}
        and (
            states.end_at is null
            or {{ local_date('states.end_at') }} > {{ add_days('requests.requested_on', 90) }}
        ) as is_after_90d
    from requests
    inner join states on requests.subscription_id = states.subscription_id
    left join rates
        on
            states.currency = rates.currency
            and requests.requested_on = rates.rate_day
),

-- The item that is asked to end last tells the request.
main_items as (
    select
        subscription_id,
        requested_at,
        customer_id,
        plan_name,
        product_id,
        first_value(source_name) over latest as source_name,
        first_value(source_file) over latest as source_file,
        first_value(source_line) over latest as source_line,
        row_number() over (
            partition by subscription_id, requested_at
            order by amount desc, item_id asc
        ) as place
    from amounts
    where is_at_request
    window latest as (
        partition by subscription_id, requested_at
        order by start_at desc, amount desc, item_id asc
        rows between unbounded preceding and current row
    )
),

totals as (
    select
        subscription_id,
        requested_at,
        {{ money_sum('case when is_at_request then amount else 0 end') }} as mrr_at_request,
        {{ money_sum('case when is_after_90d then amount else 0 end') }} as mrr_after
    from amounts
    group by
        subscription_id,
        requested_at
),

-- A trial that goes on is no offer to who asks in it.
trials as (
    select
        subscription_id,
        start_at as offered_at,
        source_name,
        source_file,
        source_line,
        is_retention_trial,
        lag(is_retention_trial, 1, false) over (
            partition by subscription_id, item_id order by start_at
        ) as was_retention_trial
    from states
),

discounts as (
    select
        versions.subscription_id,
        versions.item_id,
        coalesce(customer_merges.survivor_customer_id, versions.customer_id) as customer_id,
        versions.granted_at as offered_at,
        versions.source_name,
        versions.source_file,
        versions.source_line
    from {{ ref('int_terms__discount_versions') }} as versions
    left join {{ ref('int_terms__customer_merges') }} as customer_merges
        on versions.customer_id = customer_merges.merged_customer_id
),

offers as (
    select
        subscription_id,
        offered_at,
        source_name,
        source_file,
        source_line
    from trials
    where
        is_retention_trial
        and not was_retention_trial

    union all

    select
        subscription_id,
        offered_at,
        source_name,
        source_file,
        source_line
    from discounts
    where subscription_id is not null

    union all

    select
        states.subscription_id,
        discounts.offered_at,
        discounts.source_name,
        discounts.source_file,
        discounts.source_line
    from discounts
    inner join states on discounts.item_id = states.item_id
    where discounts.subscription_id is null

    union all

    select
        states.subscription_id,
        discounts.offered_at,
        discounts.source_name,
        discounts.source_file,
        discounts.source_line
    from discounts
    inner join states on discounts.customer_id = states.customer_id
),

first_offers as (
    select
        requests.subscription_id,
        requests.requested_at,
        {{ local_date('offers.offered_at') }} as offered_on,
        offers.source_name,
        offers.source_file,
        offers.source_line,
        row_number() over (
            partition by requests.subscription_id, requests.requested_at
            order by
                offers.offered_at, offers.source_name, offers.source_file, offers.source_line
        ) as place
    from requests
    inner join offers on requests.subscription_id = offers.subscription_id
    where
        offers.offered_at >= requests.requested_at
        and {{ local_date('offers.offered_at') }} <= {{ add_days('requests.requested_on', 30) }}
        and offers.offered_at <= {{ as_of() }}
)

select
    requests.subscription_id,
    requests.requested_at,
    main_items.customer_id,
    requests.requested_on,
    {{ month_start('requests.requested_on') }} as period_month,
    coalesce(main_items.plan_name, 'unknown') as plan_name,
    coalesce(main_items.product_id, 'unknown') as product_id,
    requests.withdrawn_on,
    requests.ended_on,
    first_offers.offered_on,
    totals.mrr_at_request,
    case
        when {{ add_days('requests.requested_on', 90) }} < {{ as_of_date() }} then totals.mrr_after
    end as mrr_after_90d,
    ---------- lineage
    main_items.source_name,
    main_items.source_file,
    main_items.source_line,
    first_offers.source_name as offer_source_name,
    first_offers.source_file as offer_source_file,
    first_offers.source_line as offer_source_line
from requests
inner join totals
    on
        requests.subscription_id = totals.subscription_id
        and requests.requested_at = totals.requested_at
inner join main_items
    on
        requests.subscription_id = main_items.subscription_id
        and requests.requested_at = main_items.requested_at
        and main_items.place = 1
inner join cohorts on main_items.customer_id = cohorts.customer_id
left join first_offers
    on
        requests.subscription_id = first_offers.subscription_id
        and requests.requested_at = first_offers.requested_at
        and first_offers.place = 1
