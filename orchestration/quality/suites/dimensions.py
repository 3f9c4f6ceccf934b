"""Dates, prices, products and resellers: whatever the facts name is listed."""

from orchestration.quality.rule import Rule, accepted_values, rows


def rules() -> list[Rule]:
    """The rules of the dimensions beside the customers."""
    return [
        rows(
            "dim_dates",
            "days_follow_each_other",
            "every day is listed, from the first movement on and without a gap",
            """
            with days as (
                select min(date_day) as first_day, max(date_day) as last_day, count(*) as days from {batch}
            ),

            movements as (
                select min(movement_date) as first_day, max(movement_date) as last_day
                from marts.fct_mrr_movements
            )

            select days.first_day, days.last_day, days.days, movements.first_day as first_movement_date
            from days
            cross join movements
            where days.days <> days.last_day - days.first_day + 1
                or movements.first_day < days.first_day or movements.last_day > days.last_day
            """,
            needs=("fct_mrr_movements",),
        ),
        rows(
            "dim_fx_rates",
            "rates_are_above_zero_and_as_old_as_they_say",
            "every rate is above 0, and was quoted on its day or before",
            """
            select rate_day, base, quote, rate, rate_on
            from {batch}
            where rate is null or rate <= 0 or rate_on is null or rate_on > rate_day
            """,
        ),
        accepted_values("dim_prices", "usage_type", ["licensed", "metered"]),
        rows(
            "dim_prices",
            "prices_of_the_ledger_are_listed",
            "every price that the ledger names is listed",
            """
            select distinct ledger.price_id
            from marts.fct_mrr_ledger as ledger
            left join (select * from {batch}) as prices on ledger.price_id = prices.price_id
            where ledger.price_id is not null and prices.price_id is null
            """,
            needs=("fct_mrr_ledger",),
        ),
        rows(
            "dim_products",
            "products_of_prices_are_listed",
            "every product that a price sells is listed",
            """
            select prices.price_id, prices.product_id
            from marts.dim_prices as prices
            left join (select * from {batch}) as products on prices.product_id = products.product_id
            where prices.product_id is not null and products.product_id is null
            """,
            needs=("dim_prices",),
        ),
        rows(
            "dim_resellers",
            "resellers_of_customers_are_listed",
            "every reseller that a customer came through is listed",
            """
            select customers.customer_id, customers.reseller_id
            from marts.dim_customers as customers
            left join (select * from {batch}) as resellers on customers.reseller_id = resellers.reseller_id
            where customers.reseller_id is not null and resellers.reseller_id is null
            """,
            needs=("dim_customers",),
        ),
    ]
