-- The roll-forward of a customer's MRR in a month as it was reported.
select
    base_id,
    period_month,
    customer_id,
    opening_mrr,
    new_mrr,
    expansion_mrr,
    contraction_mrr,
    churned_mrr,
    reactivation_mrr,
    fx_mrr,
    prior_period_adjustment,
    closing_mrr
from {{ source('reported', 'customer_months') }}
