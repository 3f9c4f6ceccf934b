-- Grain: one row per source, customer and currency with a last full period invoiced: what it comes
-- to a month, and our MRR at that time. A nightly export dates new terms by the delivery that shows
-- them, the invoice by the hour: of the MRR in force and of that shown next, the nearer one counts.
with periods as (
    select * from {{ ref('int_reconciliation__last_full_periods') }}
),

tellings as (
    select * from {{ ref('int_terms__tellings') }}
),

excluded as (
    select * from {{ ref('int_terms__excluded_customers') }}
),

customer_merges as (
    select * from {{ ref('int_terms__customer_merges') }}
),

states as (
    select
        subscription_id,
        customer_id,
        currency,
        start_at,
        end_at,
        list_mrr,
        net_mrr,
        mrr
    from {{ ref('int_states__item_states') }}
    where standing not in ('ended', 'incomplete')
),

subscriptions as (
    select distinct subscription_id
    from states
),

-- An invoice that names no subscription is for all that the customer has.
owners_of_states as (
    select
        states.*,
        states.subscription_id as owner_id
    from states

    union all

    select
        states.*,
        states.customer_id as owner_id
    from states
    inner join periods
        on
            states.customer_id = periods.subscription_id
            and states.currency = periods.currency
    left join subscriptions
        on periods.subscription_id = subscriptions.subscription_id
    where subscriptions.subscription_id is null
),

-- A dated source may know days, not hours.
shown as (
    select
        periods.*,
        tellings.told_before_at,
        {{ earlier_terms_at('tellings.told_before_at', 'periods.period_start_at') }}
            as earlier_terms_at,
        coalesce(tellings.told_at, {{ add_days_to_instant('periods.period_start_at', 1) }})
            as shown_at
    from periods
    left join tellings
        on
            periods.source_name = tellings.source_name
            and periods.period_start_at < tellings.told_at
            and (
                tellings.told_before_at is null
                or periods.period_start_at >= tellings.told_before_at
            )
),

moments as (
    {{ one_row_per_moment(
        'shown',
        ['period_start_at', 'shown_at', 'earlier_terms_at', 'told_before_at']
    ) }}
),

compared as (
    select
        moments.source_name,
        moments.subscription_id,
        moments.currency,
        moments.customer_id,
        moments.moment,
        moments.net_mrr as invoiced_mrr,
        moments.list_mrr as invoiced_list_mrr,
        coalesce({{ add_days_to_instant('moments.told_before_at', 2) }} < moments.shown_at, false)
            as is_rarely_told,
        coalesce(sum(owned_states.list_mrr), 0) as list_mrr,
        coalesce(sum(owned_states.net_mrr), 0) as net_mrr,
        coalesce(sum(owned_states.mrr), 0) as mrr
    from moments
    left join owners_of_states as owned_states
        on
            moments.subscription_id = owned_states.owner_id
            and moments.currency = owned_states.currency
            and moments.moment_at >= owned_states.start_at
            and (owned_states.end_at is null or moments.moment_at < owned_states.end_at)
    group by
        moments.source_name,
        moments.subscription_id,
        moments.currency,
        moments.customer_id,
        moments.moment,
        moments.told_before_at,
        moments.shown_at,
        moments.net_mrr,
        moments.list_mrr
),

changed as (
    select
        compared.*,
        is_rarely_told and min(net_mrr) over one <> max(net_mrr) over one as is_untold
    from compared
    window one as (partition by compared.subscription_id, compared.currency)
),

comparable as (
    select * from changed
    where moment < 4
),

-- A coupon for one invoice is no part of MRR: list with list shows that it is one.
candidates as (
    select
        comparable.*,
        comparable.net_mrr as our_mrr,
        case
            when
                {{ is_about('comparable.invoiced_list_mrr', 'comparable.list_mrr') }}
                and comparable.invoiced_mrr < comparable.net_mrr
                then comparable.net_mrr
            else comparable.invoiced_mrr
        end as their_mrr
    from comparable

    union all

    select
        comparable.*,
        comparable.mrr as our_mrr,
        comparable.invoiced_mrr as their_mrr
    from comparable
),

ranked as (
    select
        candidates.*,
        row_number() over (
            partition by candidates.subscription_id, candidates.currency
            order by abs(candidates.our_mrr - candidates.their_mrr), candidates.our_mrr
        ) as nearness
    from candidates
),

owned as (
    select
        ranked.source_name,
        coalesce(customer_merges.survivor_customer_id, ranked.customer_id) as customer_id,
        ranked.currency,
        ranked.our_mrr,
        ranked.their_mrr
    from ranked
    left join customer_merges on ranked.customer_id = customer_merges.merged_customer_id
    where
        ranked.nearness = 1
        -- Changes between two deliveries far apart may agree; otherwise nobody can say.
        and (
            not ranked.is_untold
            or {{ is_about('ranked.their_mrr', 'ranked.our_mrr') }}
        )
)

select
    owned.source_name,
    owned.customer_id,
    owned.currency,
    {{ money_sum('owned.our_mrr') }} as mrr,
    {{ money_sum('owned.their_mrr') }} as compared_mrr
from owned
left join excluded on owned.customer_id = excluded.customer_id
where excluded.customer_id is null
group by
    owned.source_name,
    owned.customer_id,
    owned.currency
