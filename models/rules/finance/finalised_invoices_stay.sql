-- Grain: one row per source that breaks the rule: its last full snapshot lacks invoices that an
-- earlier one had, and that were no drafts. What they earned is gone from months that are over.
with latest as (
    {{ latest_rows('invoices', ['invoice_id'], keep_deleted=true) }}
),

-- What a source marks as deleted has a line that says so.
gone as (
    select
        _source as source_name,
        _file as source_file,
        {{ source_key('invoice_id') }} as invoice_id,
        row_number() over (partition by _source order by issued_at, invoice_id) as place,
        count(*) over (partition by _source) as number
    from latest
    where
        _is_deleted
        and _line is null
        and status <> 'draft'
)

select
    source_name || ': ' || {{ told('number') }}
    || ' finalised invoices are in its files no more, the first of them ' || invoice_id
    || ' since ' || source_file || '; their revenue is gone' as message,
    source_name,
    source_file,
    invoice_id,
    number as invoices
from gone
where place = 1
