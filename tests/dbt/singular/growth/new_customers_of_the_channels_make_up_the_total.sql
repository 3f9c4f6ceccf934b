select period_month
from {{ ref('fct_unit_economics_monthly') }}
group by period_month
having
    sum(case when channel = 'all' then new_customers else -new_customers end) <> 0
    or sum(case when channel = 'all' then sales_marketing_cost else -sales_marketing_cost end) <> 0
