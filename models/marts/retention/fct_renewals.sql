-- Grain: one row per subscription and end of a term at which MRR was, or is, due.
-- DECISIONS.md#the-outcome-of-a-renewal
with terms as (
    select * from {{ ref('int_retention__term_ends') }}
),

outcomes as (
    select * from {{ ref('int_retention__term_outcomes') }}
    where due_mrr > 0
),

subscriptions as (
    select * from {{ ref('dim_subscriptions') }}
),

health as (
    select * from {{ ref('fct_customer_health') }}
    where period_month = {{ add_months(as_of_month(), -1) }}
),

bands as (
    select * from {{ ref('size_bands') }}
),

judged as (
    select
        outcomes.*,
        case
            when mrr_after is null then 'open'
            when mrr_after = 0 then 'churned'
            when mrr_after > due_mrr then 'expanded'
            when mrr_after < due_mrr then 'contracted'
            else 'renewed'
        end as outcome
    from outcomes
)

select
    ---------- ids
    judged.subscription_id,
    judged.term_end_on,
    subscriptions.customer_id,
    terms.invoice_id,
    ---------- the term
    terms.term,
    terms.term_start_on,
    {{ month_start('judged.term_end_on') }} as period_month,
    ---------- what is due, and what came of it
    judged.due_mrr,
    bands.size_band as due_mrr_band,
    judged.outcome,
    judged.mrr_after,
    ---------- what is open
    case
        when judged.outcome = 'open'
            then {{ month_index('judged.term_end_on') }} - {{ month_index(as_of_date()) }}
    end as months_ahead,
    case when judged.outcome = 'open' then subscriptions.cancel_requested_on end
        as cancel_requested_on,
    case when judged.outcome = 'open' then health.score end as health_score,
    case
        when judged.outcome = 'open'
            then
                case
                    when subscriptions.cancel_requested_on is not null then 'cancel_requested'
                    else coalesce(health.band, 'unknown')
                end
    end as renewal_risk
from judged
inner join terms
    on
        judged.subscription_id = terms.subscription_id
        and judged.term_end_on = terms.term_end_on
inner join subscriptions on judged.subscription_id = subscriptions.subscription_id
inner join bands
    on
        judged.due_mrr >= bands.from_mrr
        and (bands.below_mrr is null or judged.due_mrr < bands.below_mrr)
left join health on subscriptions.customer_id = health.customer_id
