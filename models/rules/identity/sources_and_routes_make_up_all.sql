-- Grain: one row per total of sources or of sales routes that breaks the rule: its parts do not
-- make it up.
with rates as (
    select * from {{ ref('fct_identity_match_rate') }}
),

-- A total counts once, each of its parts once against it.
signed as (
    select
        'sources of the route ' || {{ told('sales_route') }} as parts,
        case when source_name = 'all' then 1 else -1 end as sign,
        rates.*
    from rates
    union all
    select
        'routes of the source ' || {{ told('source_name') }} as parts,
        case when sales_route = 'all' then 1 else -1 end as sign,
        rates.*
    from rates
),

missing as (
    select
        parts,
        count(case when sign = 1 then 1 end) as total_rows,
        count(
            customers + linked_customers + paying_customers + linked_paying_customers
            + total_mrr + linked_mrr
        ) as full_rows,
        count(*) as all_rows,
        sum(sign * customers) as customers,
        sum(sign * linked_customers) as linked_customers,
        sum(sign * paying_customers) as paying_customers,
        sum(sign * linked_paying_customers) as linked_paying_customers,
        sum(sign * total_mrr) as total_mrr,
        sum(sign * linked_mrr) as linked_mrr
    from signed
    group by parts
)

select
    'the ' || parts || ' lack '
    || {{ told('customers') }}
    || ' customers of all ('
    || {{ told('paying_customers') }}
    || ' paying), '
    || {{ told('linked_customers') }}
    || ' linked ones ('
    || {{ told('linked_paying_customers') }}
    || ' paying), MRR '
    || {{ told('total_mrr') }}
    || ' and linked MRR '
    || {{ told('linked_mrr') }}
    || case when total_rows = 0 then '; there is no total' else '' end
    || case when full_rows < all_rows then '; not every row is filled' else '' end as message,
    parts
from missing
where
    total_rows = 0
    or full_rows < all_rows
    or customers <> 0
    or linked_customers <> 0
    or paying_customers <> 0
    or linked_paying_customers <> 0
    or total_mrr <> 0
    or linked_mrr <> 0
