-- metrics.md 9 and case M02, for every month and segment, to the last digit.
select *
from {{ ref('fct_mrr_monthly') }}
where
    opening_mrr
    + new_mrr
    + expansion_mrr
    + contraction_mrr
    + churned_mrr
    + reactivation_mrr
    + fx_mrr
    <> closing_mrr
