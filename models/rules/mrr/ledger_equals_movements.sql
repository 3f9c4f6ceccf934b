-- Grain: one row per customer that breaks the rule: it only ever paid in the reporting currency,
-- and its ledger adds up to something else than its movements.
with ledger as (
    select * from {{ ref('fct_mrr_ledger') }}
),

movements as (
    select * from {{ ref('fct_mrr_movements') }}
),

foreign_customers as (
    select distinct customer_id
    from ledger
    where currency is distinct from {{ reporting_currency() }}
),

of_ledger as (
    select
        customer_id,
        sum(mrr_delta_native) as mrr
    from ledger
    group by customer_id
),

of_movements as (
    select
        customer_id,
        sum(mrr_delta) as mrr
    from movements
    group by customer_id
),

compared as (
    select
        coalesce(of_ledger.customer_id, of_movements.customer_id) as customer_id,
        coalesce(of_ledger.mrr, 0) as mrr_of_ledger,
        coalesce(of_movements.mrr, 0) as mrr_of_movements
    from of_ledger
    full outer join of_movements on of_ledger.customer_id = of_movements.customer_id
)

select
    compared.customer_id
    || ': its ledger adds up to '
    || cast(compared.mrr_of_ledger as {{ dbt.type_string() }})
    || ' ' || {{ reporting_currency() }}
    || ', its movements to '
    || cast(compared.mrr_of_movements as {{ dbt.type_string() }}) as message,
    compared.customer_id,
    compared.mrr_of_ledger,
    compared.mrr_of_movements
from compared
left join foreign_customers on compared.customer_id = foreign_customers.customer_id
where
    foreign_customers.customer_id is null
    and compared.mrr_of_ledger <> compared.mrr_of_movements
