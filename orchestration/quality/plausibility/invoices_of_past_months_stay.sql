with past as (
    select _source, invoice_id, before.issued_at as issued_at,
        before.total || ' ' || before.currency || ' of ' || before.customer_id as told_before,
        case when now._is_deleted then 'gone'
            else now.total || ' ' || now.currency || ' of ' || now.customer_id
        end as told
    from runs.changes_invoices
    where not before._is_deleted and before.status <> 'draft'
        and try_cast(before.issued_at as timestamp) < date_trunc('month', {published_at})
),

counted as (
    select *, told <> told_before as is_other, count(*) filter (told <> told_before) over of_source as others,
        count(*) over of_source as known
    from past
    window of_source as (partition by _source)
)

select
    invoice_id || ' of ' || _source || ', issued ' || issued_at || ': ' || told || ' after ' || told_before || ' ('
    || others || ' of ' || known || ' invoices changed)' as message,
    _source, invoice_id, issued_at
from counted
where is_other and others >= 3 and others > {threshold} * known
order by _source, invoice_id
