-- Grain: one row per customer and month that breaks the rule: the customer only ever paid in the
-- reporting currency, and exchange rates move its MRR all the same.
with months as (
    select * from {{ ref('fct_customer_mrr_monthly') }}
),

foreign_customers as (
    select distinct customer_id
    from {{ ref('fct_mrr_ledger') }}
    where currency is distinct from {{ reporting_currency() }}
)

select
    cast(months.period_month as {{ dbt.type_string() }}) || ', ' || months.customer_id
    || ': only ever paid in ' || {{ reporting_currency() }}
    || ', and exchange rates moved its MRR by '
    || {{ told('months.fx_mrr') }} as message,
    months.period_month,
    months.customer_id,
    months.fx_mrr
from months
left join foreign_customers on months.customer_id = foreign_customers.customer_id
where
    foreign_customers.customer_id is null
    and months.fx_mrr is distinct from 0
