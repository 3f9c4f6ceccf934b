-- Grain: one row per invoice that breaks the rule: it says that more of it was paid than the
-- delivered payments come to, so its customer seems to owe the rest for ever. Of a source that
-- delivers payments which name no invoice, all invoices that no payment names are one row.
-- Of a source without payments nothing is expected. Or it says that more was used of the credits
-- that it gives than was delivered: the invoices that they paid seem to be owed. So do those of a
-- customer, one row for all, whose balance paid more than credit notes and invoices gave it.
with invoices as (
    select * from {{ ref('stg_invoices') }}
    where status <> 'draft'
),

payments as (
    select
        payment_id,
        source_name,
        outcome
    from {{ ref('stg_payments') }}
),

links as (
    select * from {{ ref('int_payments__invoice_links') }}
),

unlinked as (
    select
        payments.source_name,
        count(*) as payments
    from payments
    left join links on payments.payment_id = links.payment_id
    where
        payments.outcome = 'succeeded'
        and links.payment_id is null
    group by payments.source_name
),

sources_with_payments as (
    select invoices.source_name
    from invoices
    inner join links on invoices.invoice_id = links.invoice_id
    union
    select source_name
    from unlinked
),

applied as (
    select
        links.invoice_id,
        sum(case when payments.payment_id is null then 0 else links.amount_applied end)
            as amount
    from links
    left join payments on links.payment_id = payments.payment_id
    group by links.invoice_id
),

short as (
    select
        invoices.invoice_id,
        invoices.source_name,
        invoices.amount_paid,
        invoices.source_file,
        invoices.source_line,
        applied.amount,
        unlinked.payments,
        applied.invoice_id is null and unlinked.source_name is not null as is_one_of_many,
        row_number() over (
            partition by invoices.source_name, applied.invoice_id is null
            order by invoices.issued_at, invoices.invoice_id
        ) as place,
        count(*) over (partition by invoices.source_name, applied.invoice_id is null) as number
    from invoices
    inner join sources_with_payments on invoices.source_name = sources_with_payments.source_name
    left join unlinked on invoices.source_name = unlinked.source_name
    left join applied on invoices.invoice_id = applied.invoice_id
    where invoices.amount_paid > coalesce(applied.amount, 0)
),

used as (
    select
        balance_id as invoice_id,
        sum(
            case
                when kind in ('draw_down', 'void') then amount
                when kind = 'reinstatement' then -amount
            end
        ) as amount
    from {{ ref('stg_credit_transactions') }}
    group by balance_id
),

-- An invoice below 0 gives to the balance what later ones take from it. What is owed on it is none
-- of this: it was billed before.
taken_from_balances as (
    select
        customer_id,
        currency,
        sum(least(ending_balance, 0) - least(starting_balance, 0)) as amount,
        min(source_file) as source_file
    from invoices
    where
        status <> 'void'
        and starting_balance is not null
        and ending_balance is not null
    group by
        customer_id,
        currency
),

-- The most that credit notes can have given to it, those for no invoice among them.
given_to_balances as (
    select
        customer_id,
        currency,
        sum(amount_ex_tax + coalesce(tax, 0) - coalesce(refunded_amount, 0)) as amount
    from {{ ref('stg_credit_notes') }}
    where {{ is_credit_in_force() }}
    group by
        customer_id,
        currency
)

select
    case
        when is_one_of_many
            then
                source_name || ': ' || {{ told('number') }}
                || ' of its invoices, the first of them ' || invoice_id || ' ('
                || {{ told('source_file') }} || ' line ' || {{ told('source_line') }}
                || '), say that they were paid, and no payment names them; '
                || {{ told('payments') }} || ' of its payments name no invoice'
        else
            invoice_id || ' (' || {{ told('source_file') }} || ' line ' || {{ told('source_line') }}
            || '): it says that ' || {{ told('amount_paid') }}
            || ' was paid, the payments that were delivered come to '
            || {{ told('coalesce(amount, 0)') }}
    end as message,
    invoice_id,
    source_file,
    source_line
from short
where
    not is_one_of_many
    or place = 1

union all

select
    invoices.invoice_id || ' (' || {{ told('invoices.source_file') }} || ' line '
    || {{ told('invoices.source_line') }} || '): it says that '
    || {{ told('invoices.credits_used') }}
    || ' of its credits was used, the uses that were delivered come to '
    || {{ told('coalesce(used.amount, 0)') }} as message,
    invoices.invoice_id,
    invoices.source_file,
    invoices.source_line
from {{ ref('stg_invoices') }} as invoices
left join used on invoices.invoice_id = used.invoice_id
where invoices.credits_used > coalesce(used.amount, 0)

union all

select
    taken.customer_id || ', ' || taken.currency
    || ': its balance paid ' || {{ told('taken.amount') }}
    || ' of its invoices more than they gave to it, the credit notes that were delivered gave it '
    || {{ told('coalesce(given.amount, 0)') }} || ' at most' as message,
    cast(null as {{ dbt.type_string() }}) as invoice_id,
    taken.source_file,
    cast(null as {{ dbt.type_bigint() }}) as source_line
from taken_from_balances as taken
left join given_to_balances as given
    on
        taken.customer_id = given.customer_id
        and taken.currency = given.currency
where taken.amount > coalesce(given.amount, 0)
