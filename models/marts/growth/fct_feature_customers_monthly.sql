-- Grain: one row per customer, feature and month in which the customer used the feature.
-- DECISIONS.md#users-and-non-users-of-a-feature
with used as (
    select * from {{ ref('int_growth__feature_months') }}
    where events > 0
),

customers as (
    select * from {{ ref('int_growth__tenured_customers') }}
),

bands as (
    select
        period_month,
        tenure_band,
        count(*) as customers
    from customers
    group by
        period_month,
        tenure_band
),

users as (
    select
        used.*,
        coalesce(customers.closing_mrr, cast(0 as {{ type_money() }})) as mrr,
        customers.tenure_band,
        customers.is_churned,
        count(customers.customer_id) over (
            partition by used.period_month, used.feature, customers.tenure_band
        ) as band_users
    from used
    left join customers
        on
            used.customer_id = customers.customer_id
            and used.period_month = customers.period_month
)

select
    ---------- ids
    users.customer_id,
    users.period_month,
    users.feature,
    ---------- how it is used
    users.events,
    users.first_used_on,
    users.mrr,
    ---------- whom it is compared with, and what it did next
    users.tenure_band,
    coalesce(bands.customers > users.band_users, false) as is_compared,
    case
        when {{ add_days(add_months('users.period_month', 1), 90) }} <= {{ as_of_date() }}
            then users.is_churned
    end as churned_90d,
    ---------- lineage
    users.source_name,
    users.source_file,
    users.source_line
from users
left join bands
    on
        users.period_month = bands.period_month
        and users.tenure_band = bands.tenure_band
