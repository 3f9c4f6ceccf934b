-- metrics.md 4: a customer that only ever paid in the reporting currency has no fx line; its day
-- movements alone explain each month.
with foreign_customers as (
    select distinct customer_id
    from {{ ref('fct_mrr_ledger') }}
    where currency <> {{ reporting_currency() }}
)

select months.*
from {{ ref('fct_customer_mrr_monthly') }} as months
left join foreign_customers on months.customer_id = foreign_customers.customer_id
where
    foreign_customers.customer_id is null
    and months.fx_mrr <> 0
