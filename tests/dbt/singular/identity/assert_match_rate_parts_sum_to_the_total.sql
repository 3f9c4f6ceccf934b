-- Direct and indirect customers of all sources are all customers, in number and in MRR.
with rates as (

    select * from {{ ref('fct_identity_match_rate') }}

),

parts as (

    select
        sum(customers) as customers,
        sum(linked_customers) as linked_customers,
        sum(total_mrr) as total_mrr,
        sum(linked_mrr) as linked_mrr
    from rates
    where
        source_name <> 'all'
        and sales_route <> 'all'

)

select rates.*
from rates
cross join parts
where
    rates.source_name = 'all'
    and rates.sales_route = 'all'
    and (
        rates.customers <> parts.customers
        or rates.linked_customers <> parts.linked_customers
        or rates.total_mrr <> parts.total_mrr
        or rates.linked_mrr <> parts.linked_mrr
    )
