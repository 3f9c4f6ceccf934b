-- Grain: one row per customer and price change that reached it in a month while it stayed.
-- DECISIONS.md#what-a-price-change-is
with changes as (
    select * from {{ ref('int_ledger__price_changes') }}
),

ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

lives as (
    select * from {{ ref('int_retention__lives') }}
),

cohorts as (
    select
        customer_id,
        {{ month_index('cohort_month') }} as cohort_index
    from {{ ref('int_retention__cohorts') }}
),

tenure_bands as (
    select * from {{ ref('tenure_bands') }}
),

churns as (
    select * from {{ ref('int_retention__churn_movements') }}
),

losses as (
    select
        movements.customer_id,
        movements.movement_date,
        movements.movement_type,
        -movements.mrr_delta as mrr_lost,
        churns.movement_id is not null and not churns.is_short_pause as is_churn
    from {{ ref('fct_mrr_movements') }} as movements
    left join churns on movements.movement_id = churns.movement_id
    where movements.movement_type in ('churn', 'contraction')
),

-- Without a unit price it is one of tiers or packages, which every quantity meets at another mean
-- price, or another scheme.
met as (
    select
        {{ month_start('changes.effective_date') }} as period_month,
        changes.direction || '/' || changes.plan || '/' || changes.currency
        || '/' || coalesce(changes.billing_interval, '')
        || '/' || coalesce(cast(changes.unit_price_before as {{ dbt.type_string() }}), 'none')
        || '/' || coalesce(cast(changes.unit_price_after as {{ dbt.type_string() }}), 'none')
            as price,
        changes.*,
        ledger.mrr_before,
        ledger.price_effect
    from changes
    inner join ledger on changes.ledger_id = ledger.ledger_id
),

-- A customer whose MRR ended on the same day has met nothing.
placed as (
    select
        met.*,
        cast(count(*) over one_price as bigint) as items,
        cast(sum(met.mrr_before) over one_price as {{ type_money() }}) as all_mrr_before,
        cast(sum(met.price_effect) over one_price as {{ type_money() }}) as all_mrr_effect,
        row_number() over (
            partition by met.customer_id, met.period_month, met.price
            order by met.effective_date, met.ledger_id
        ) as place
    from met
    inner join lives
        on
            met.customer_id = lives.customer_id
            and met.effective_date >= lives.started_on
            and (lives.ended_on is null or met.effective_date < lives.ended_on)
    window one_price as (partition by met.customer_id, met.period_month, met.price)
),

firsts as (
    select
        *,
        {{ month_index('period_month') }} as period_index,
        {{ add_days('effective_date', 90) }} as watched_until,
        {{ add_days(add_months('period_month', 1), 90) }} <= {{ as_of_date() }} as is_over
    from placed
    where place = 1
),

lost as (
    select
        firsts.ledger_id,
        max(case when losses.is_churn then 1 else 0 end) as churned,
        max(case when losses.movement_type = 'contraction' then 1 else 0 end) as contracted,
        {{ money_sum('losses.mrr_lost') }} as mrr_lost
    from firsts
    inner join losses
        on
            firsts.customer_id = losses.customer_id
            and firsts.effective_date < losses.movement_date
            and firsts.watched_until >= losses.movement_date
    group by firsts.ledger_id
)

select
    ---------- ids
    cast(firsts.period_month as {{ dbt.type_string() }}) || '/' || firsts.price as price_change_id,
    firsts.customer_id,
    firsts.period_month,
    ---------- what changed
    firsts.plan,
    firsts.currency,
    firsts.billing_interval,
    firsts.unit_price_before,
    firsts.unit_price_after,
    firsts.direction,
    ---------- how it met the customer
    firsts.effective_date as met_on,
    tenure_bands.tenure_band,
    {{ interval_band('firsts.billing_interval') }} as interval_band,
    firsts.items,
    firsts.all_mrr_before as mrr_before,
    firsts.all_mrr_effect as mrr_effect,
    ---------- what the customer did in the 90 days after
    case when firsts.is_over then coalesce(lost.churned, 0) end as churned_90d,
    case when firsts.is_over then coalesce(lost.contracted, 0) end as contracted_90d,
    case when firsts.is_over then cast(coalesce(lost.mrr_lost, 0) as {{ type_money() }}) end
        as mrr_lost_90d,
    ---------- lineage
    firsts.source_name,
    firsts.source_file,
    firsts.source_line
from firsts
left join lost on firsts.ledger_id = lost.ledger_id
inner join cohorts on firsts.customer_id = cohorts.customer_id
inner join tenure_bands
    on
        {{ in_tenure_band('firsts.period_index - cohorts.cohort_index', 'tenure_bands') }}
