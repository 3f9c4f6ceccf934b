-- Grain: one row per wallet that ended with credits of a kind in it, where a customer has several
-- and draw-downs do not say of which: what of the wallet's balance is of that kind.
-- DECISIONS.md#what-expires-of-prepaid-credits
with transactions as (
    select
        transaction_id,
        customer_id,
        wallet_id,
        credit_kind,
        kind,
        currency,
        amount,
        case when kind in ('grant', 'reinstatement') then amount else -amount end as change,
        occurred_at
    from {{ ref('stg_credit_transactions') }}
),

ends as (
    select * from transactions
    where
        kind = 'expiry'
        and wallet_id is not null
        and amount is not null
),

-- No more of a kind is in the wallet than was put into it, or than the customer holds of it.
sums as (
    select
        ends.transaction_id,
        ends.wallet_id,
        ends.credit_kind,
        ends.occurred_at,
        ends.amount,
        sum(
            case
                when
                    ends.wallet_id = transactions.wallet_id
                    and transactions.kind in ('grant', 'void')
                    then transactions.change
                else 0
            end
        ) as put_in,
        sum(transactions.change) as held
    from ends
    inner join transactions
        on
            ends.customer_id = transactions.customer_id
            and ends.credit_kind = transactions.credit_kind
            and ends.currency = transactions.currency
            and ends.occurred_at >= transactions.occurred_at
    where transactions.kind <> 'expiry'
    group by
        ends.transaction_id,
        ends.wallet_id,
        ends.credit_kind,
        ends.occurred_at,
        ends.amount
),

parts as (
    select
        *,
        case
            when put_in <= 0 or held <= 0 then 0
            when put_in <= held and put_in <= amount then put_in
            when held <= amount then held
            else amount
        end as most
    from sums
),

paid as (
    select * from parts
    where credit_kind = 'paid'
)

-- What was given is used first, so what was bought is what stays longest.
select
    ends.transaction_id,
    cast(
        case
            when ends.credit_kind = 'paid' then coalesce(parts.most, 0)
            when parts.most < ends.amount - coalesce(paid.most, 0) then parts.most
            when parts.most is null then 0
            else ends.amount - coalesce(paid.most, 0)
        end as {{ type_money() }}
    ) as amount
from ends
left join parts on ends.transaction_id = parts.transaction_id
left join paid
    on
        ends.wallet_id = paid.wallet_id
        and ends.occurred_at = paid.occurred_at
