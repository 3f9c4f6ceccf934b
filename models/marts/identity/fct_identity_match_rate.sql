-- Grain: one row per billing source and sales route, `all` included on both sides.
with customer_accounts as (

    select * from {{ ref('int_identity__customer_accounts') }}
    where is_expected

),

current_mrr as (

    select
        customer_id,
        closing_mrr as mrr
    from {{ ref('fct_customer_mrr_monthly') }}
    where period_month = {{ as_of_month() }}

),

customers as (

    select
        customer_accounts.customer_id,
        customer_accounts.source_name,
        case when customer_accounts.is_indirect then 'indirect' else 'direct' end as sales_route,
        customer_accounts.crm_account_id is not null as is_linked,
        coalesce(current_mrr.mrr, 0) as mrr
    from customer_accounts
    left join current_mrr on customer_accounts.customer_id = current_mrr.customer_id

),

counted as (

    select
        source_name,
        sales_route,
        is_linked,
        mrr
    from customers

    union all

    select
        'all' as source_name,
        sales_route,
        is_linked,
        mrr
    from customers

),

routed as (

    select
        source_name,
        sales_route,
        is_linked,
        mrr
    from counted

    union all

    select
        source_name,
        'all' as sales_route,
        is_linked,
        mrr
    from counted

),

totals as (

    select
        source_name,
        sales_route,
        cast(count(*) as bigint) as customers,
        cast(sum(case when is_linked then 1 else 0 end) as bigint) as linked_customers,
        cast(sum(case when mrr > 0 then 1 else 0 end) as bigint) as paying_customers,
        cast(sum(case when is_linked and mrr > 0 then 1 else 0 end) as bigint)
            as linked_paying_customers,
        cast(sum(mrr) as {{ type_money() }}) as mrr,
        cast(sum(case when is_linked then mrr else 0 end) as {{ type_money() }}) as linked_mrr
    from routed
    group by source_name, sales_route

)

select
    source_name,
    sales_route,
    {{ is_total_row(['source_name', 'sales_route']) }} as is_total,
    customers,
    linked_customers,
    {{ ratio('linked_customers', 'customers') }} as match_rate,
    paying_customers,
    linked_paying_customers,
    {{ ratio('linked_paying_customers', 'paying_customers') }} as paying_match_rate,
    mrr as total_mrr,
    linked_mrr,
    {{ ratio('linked_mrr', 'mrr') }} as mrr_match_rate
from totals
