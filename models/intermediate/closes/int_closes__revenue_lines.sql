-- Grain: one row per base, month, customer, currency and class of revenue that is another and has
-- lines now: the one that came since, else the one that has most of it, with the line that told it
-- first, and the quote that it was converted by.
with differences as (
    select * from {{ ref('int_closes__revenue_differences') }}
),

bases as (
    select * from {{ ref('stg_reported_bases') }}
),

recognised as (
    select * from {{ ref('fct_revenue_recognition') }}
    where customer_id in (select changed.customer_id from differences as changed)
),

told as (
    {{ first_tellings(
        'invoice_lines',
        {
            'invoice_id': source_key('invoice_id'),
            'line_id': 'line_id',
            'kind': 'kind',
            'amount_ex_tax': 'amount_ex_tax',
            'discount_amount': 'discount_amount',
            'service_start_at': 'service_start_at',
            'service_end_at': 'service_end_at',
        },
        'not _is_deleted and ' ~ source_key('invoice_id')
        ~ ' in (select changed.invoice_id from recognised as changed)'
    ) }}
),

told_last as (
    select
        invoice_id,
        line_id,
        max(loaded_at) as loaded_at,
        max_by(source_file, loaded_at) as source_file,
        max_by(source_line, loaded_at) as source_line
    from told
    group by
        invoice_id,
        line_id
),

ranked as (
    select
        differences.base_id,
        recognised.invoice_id,
        recognised.recognition_month as period_month,
        recognised.customer_id,
        recognised.currency,
        recognised.revenue_class,
        coalesce(told_last.source_file, recognised.source_file) as source_file,
        coalesce(told_last.source_line, recognised.source_line) as source_line,
        row_number() over (
            partition by
                differences.base_id,
                recognised.recognition_month,
                recognised.customer_id,
                recognised.currency,
                recognised.revenue_class
            order by
                case when bases.as_of < told_last.loaded_at then 0 else 1 end,
                abs(recognised.amount_native) desc,
                recognised.source_file asc,
                recognised.source_line asc,
                recognised.invoice_id asc,
                recognised.line_id asc
        ) as rank
    from differences
    inner join bases on differences.base_id = bases.base_id
    inner join recognised
        on
            differences.customer_id = recognised.customer_id
            and differences.period_month = recognised.recognition_month
            and differences.currency = recognised.currency
            and differences.revenue_class = recognised.revenue_class
    left join told_last
        on
            recognised.invoice_id = told_last.invoice_id
            and recognised.line_id = told_last.line_id
)

select
    ranked.base_id,
    ranked.period_month,
    ranked.customer_id,
    ranked.currency,
    ranked.revenue_class,
    ranked.source_file,
    ranked.source_line,
    quotes.source_file as quote_file,
    quotes.source_line as quote_line
from ranked
inner join {{ ref('int_finance__booked_invoices') }} as invoices
    on ranked.invoice_id = invoices.invoice_id
left join {{ ref('int_fx__day_rates') }} as rates
    on
        ranked.currency = rates.currency
        and invoices.booked_on = rates.rate_day
left join {{ ref('int_closes__quotes') }} as quotes
    on
        rates.currency = quotes.currency
        and rates.quoted_on = quotes.rate_on
where ranked.rank = 1
