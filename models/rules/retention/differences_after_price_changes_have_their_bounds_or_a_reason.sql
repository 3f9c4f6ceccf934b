-- Grain: one row per row of price changes that breaks the rule: a difference lies outside its
-- bounds or beyond 1, more customers did something than were compared, or there is a difference
-- and a reason for none, or neither.
with changes as (
    select * from {{ ref('fct_price_changes') }}
)

select
    {{ told('price_change_id') }}
    || ': churn ' || {{ told('churn_difference_90d') }}
    || ' within ' || {{ told('churn_difference_90d_low') }}
    || ' and ' || {{ told('churn_difference_90d_high') }}
    || ', contraction ' || {{ told('contraction_difference_90d') }}
    || ' within ' || {{ told('contraction_difference_90d_low') }}
    || ' and ' || {{ told('contraction_difference_90d_high') }}
    || ', ' || {{ told('churned_90d') }}
    || ' left and ' || {{ told('contracted_90d') }}
    || ' contracted of ' || {{ told('compared_customers') }}
    || ' of ' || {{ told('customers') }}
    || ', reason ' || {{ told('untold_reason') }} as message,
    price_change_id
from changes
where
    (untold_reason is null) is distinct from (churn_difference_90d is not null)
    or (churn_difference_90d is null) is distinct from (contraction_difference_90d is null)
    or churn_difference_90d not between churn_difference_90d_low and churn_difference_90d_high
    or contraction_difference_90d
    not between contraction_difference_90d_low and contraction_difference_90d_high
    or abs(churn_difference_90d) > 1
    or abs(contraction_difference_90d) > 1
    or churned_90d > compared_customers
    or contracted_90d > compared_customers
    or compared_customers > customers
