-- Grain: one row per customer and complete month at whose end it has MRR.
-- A component is 0 to 100, or not known.
with customer_months as (
    select * from {{ ref('int_voice__customer_categories') }}
),

usage as (
    select * from {{ ref('int_health__usage') }}
),

first_use as (
    select
        customer_id,
        min(period_month) as first_used_month
    from {{ ref('int_growth__usage_months') }}
    group by customer_id
),

payments as (
    select * from {{ ref('int_health__payments') }}
),

first_invoices as (
    select
        customer_id,
        min(billed_month) as first_billed_month
    from {{ ref('int_payments__invoices') }}
    group by customer_id
),

tickets as (
    select * from {{ ref('int_health__tickets') }}
),

first_ticket as (
    select min(opened_on) as first_opened_on
    from {{ ref('int_voice__customer_of_tickets') }}
),

cohorts as (
    select * from {{ ref('int_retention__cohorts') }}
),

facts as (
    select
        customer_months.customer_id,
        customer_months.period_month,
        customer_months.mrr,
        customer_months.category,
        first_use.first_used_month <= customer_months.period_month as has_usage,
        coalesce(usage.month_events, 0) as month_events,
        coalesce(usage.two_months_events, 0) as two_months_events,
        first_invoices.first_billed_month <= customer_months.period_month as has_invoices,
        payments.has_open_dunning,
        first_ticket.first_opened_on < {{ add_months('customer_months.period_month', 1) }}
            as has_support,
        coalesce(tickets.tickets, 0) as tickets,
        {{ months_between('cohorts.cohort_month', 'customer_months.period_month') }}
            as tenure_months
    from customer_months
    inner join cohorts
        on customer_months.customer_id = cohorts.customer_id
    cross join first_ticket
    left join usage
        on
            customer_months.customer_id = usage.customer_id
            and customer_months.period_month = usage.period_month
    left join first_use
        on customer_months.customer_id = first_use.customer_id
    left join payments
        on
            customer_months.customer_id = payments.customer_id
            and customer_months.period_month = payments.period_month
    left join first_invoices
        on customer_months.customer_id = first_invoices.customer_id
    left join tickets
        on
            customer_months.customer_id = tickets.customer_id
            and customer_months.period_month = tickets.period_month
)

select
    customer_id,
    period_month,
    mrr,
    -- Half for use as before, full marks for twice as much; a beginner has no trend yet.
    case
        when two_months_events > 0
            then least(
                cast(100 as {{ type_double() }}),
                100 * {{ ratio('month_events', 'two_months_events') }}
            )
        when has_usage and month_events = 0 then cast(0 as {{ type_double() }})
    end as usage_score,
    case
        when not coalesce(has_invoices, false) then null
        when has_open_dunning = 1 then cast(0 as {{ type_double() }})
        when has_open_dunning = 0 then cast(50 as {{ type_double() }})
        else cast(100 as {{ type_double() }})
    end as payment_score,
    case category
        when 'promoter' then cast(100 as {{ type_double() }})
        when 'passive' then cast(60 as {{ type_double() }})
        when 'detractor' then cast(0 as {{ type_double() }})
    end as nps_score,
    case
        when has_support
            then greatest(
                cast(0 as {{ type_double() }}),
                cast(100 - 25 * tickets as {{ type_double() }})
            )
    end as tickets_score,
    least(
        cast(100 as {{ type_double() }}),
        100 * {{ ratio('tenure_months', '24') }}
    ) as tenure_score
from facts
