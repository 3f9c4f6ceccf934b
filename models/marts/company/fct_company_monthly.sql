-- Grain: one row per month, for the whole company.
-- It joins what other marts say of the month and decides nothing but whose NPS it is.
-- DECISIONS.md#the-company-by-month
with mrr as (
    select * from {{ ref('fct_mrr_monthly') }}
    where segment_type = 'all'
),

churn as (
    select * from {{ ref('fct_churn_monthly') }}
    where segment_type = 'all'
),

years as (
    select * from {{ ref('fct_churn_annual') }}
    where segment_type = 'all'
),

surveys as (
    select
        *,
        row_number() over (
            partition by period_month order by responses desc, survey asc
        ) as place
    from {{ ref('fct_nps_monthly') }}
    where segment_type = 'all'
),

economics as (
    select * from {{ ref('fct_unit_economics_monthly') }}
    where channel = 'all'
),

trials as (
    select * from {{ ref('fct_trial_conversion_monthly') }}
    where
        segment_type = 'all'
        and card_on_file = 'all'
),

recoveries as (
    select * from {{ ref('fct_payment_recovery_monthly') }}
    where
        method = 'all'
        and failure_code = 'all'
),

revenue as (
    select * from {{ ref('fct_revenue_monthly') }}
    where segment_type = 'all'
),

balances as (
    select * from {{ ref('fct_deferred_revenue_monthly') }}
    where currency = 'all'
),

receivables as (
    select * from {{ ref('fct_receivables_monthly') }}
)

select
    mrr.period_month,
    ---------- MRR
    mrr.opening_mrr,
    mrr.new_mrr,
    mrr.expansion_mrr,
    mrr.contraction_mrr,
    mrr.churned_mrr,
    mrr.reactivation_mrr,
    mrr.fx_mrr,
    mrr.closing_mrr,
    mrr.arr,
    mrr.committed_mrr,
    ---------- customers
    mrr.opening_customers,
    mrr.new_customers,
    mrr.churned_customers,
    mrr.reactivated_customers,
    mrr.closing_customers,
    mrr.arpa,
    mrr.asp,
    mrr.quick_ratio,
    ---------- churn and retention
    churn.churned_customers as lost_customers,
    churn.voluntary_customers,
    churn.involuntary_customers,
    churn.unknown_customers,
    churn.paused_customers,
    churn.customer_churn_rate,
    churn.customer_churn_rate_low,
    churn.customer_churn_rate_high,
    churn.gross_mrr_churn_rate,
    churn.net_mrr_churn_rate,
    churn.grr,
    churn.nrr,
    years.customer_churn_rate as customer_churn_rate_12m,
    years.grr as grr_12m,
    years.nrr as nrr_12m,
    ---------- voice
    surveys.survey as nps_survey,
    surveys.responses as nps_responses,
    surveys.nps,
    surveys.nps_standard_error,
    ---------- unit economics
    economics.sales_marketing_cost,
    economics.cac,
    economics.cac_payback_months,
    economics.ltv,
    economics.ltv_low,
    economics.ltv_observed,
    economics.ltv_to_cac,
    ---------- trials
    trials.trials,
    trials.converted as converted_trials,
    trials.conversion_rate as trial_conversion_rate,
    trials.is_mature as is_trial_cohort_mature,
    ---------- payment recovery
    recoveries.failed_invoices,
    recoveries.recovered_invoices,
    recoveries.lost_invoices,
    recoveries.open_invoices,
    recoveries.failed_amount,
    recoveries.recovered_amount,
    recoveries.recovery_rate,
    ---------- revenue
    revenue.gross_revenue,
    revenue.net_revenue,
    balances.closing as deferred_revenue,
    balances.unbilled_closing as unbilled_revenue,
    ---------- cash
    receivables.cash_collected,
    receivables.closing_receivables as receivables,
    receivables.dso_days,
    mrr.is_partial
from mrr
left join churn on mrr.period_month = churn.period_month
left join years on mrr.period_month = years.period_month
left join surveys
    on
        mrr.period_month = surveys.period_month
        and surveys.place = 1
left join economics on mrr.period_month = economics.period_month
left join trials on mrr.period_month = trials.period_month
left join recoveries on mrr.period_month = recoveries.period_month
left join revenue on mrr.period_month = revenue.period_month
left join balances on mrr.period_month = balances.period_month
left join receivables on mrr.period_month = receivables.period_month
