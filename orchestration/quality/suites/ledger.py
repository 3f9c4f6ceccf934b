"""The ledger: its states and effects add up, to themselves and to the movements that are made from it."""

from datetime import datetime

from orchestration.landing.canonical import literal, quoted
from orchestration.quality.rule import REPORT, Rule, not_null, rows, unique
from orchestration.settings import Company

_EFFECTS = [
    f"{driver}_effect" for driver in ("quantity", "price", "discount", "interval", "product", "start", "end")
]

# Each is a view of models/rules: the rows that break it, each with a sentence of its own.
VIEWS = {
    "ledger_rows_are_told_by_the_line_they_name": (
        "every ledger row names a line of raw that is there, is about it and shows what it says"
    ),
    "ledger_rows_are_known_when_they_hold": "only what its line schedules is known before it holds",
    "items_start_after_the_lists_without_them": (
        "no item begins before a list that showed its subscription without it"
    ),
    "items_end_after_the_deliveries_with_them": "no item ends before a delivery that still showed it",
}


def rules(company: Company, as_of: datetime) -> list[Rule]:
    """The rules of fct_mrr_ledger, and of the movements that it adds up to."""
    table = "fct_mrr_ledger"
    now = literal(as_of.replace(tzinfo=None).isoformat(sep=" "))
    return [
        unique(table, ["ledger_id"]),
        not_null(table, "source_file", says="every row can be followed to a file"),
        rows(
            table,
            "ledger_states_follow_their_deltas",
            "the state before plus the delta is the state after, and neither is negative",
            """
            select ledger_id, customer_id, mrr_before_native, mrr_delta_native, mrr_after_native
            from {batch}
            where mrr_before_native + mrr_delta_native is distinct from mrr_after_native
                or mrr_before_native < 0 or mrr_after_native < 0
            """,
        ),
        rows(
            table,
            "drivers_add_up_to_the_delta",
            "quantity, price, discount, interval, product, start and end effects add up to the delta",
            f"""
            select ledger_id, customer_id, mrr_delta_native, mrr_delta
            from {{batch}}
            where {" + ".join(f"{effect}_native" for effect in _EFFECTS)} is distinct from mrr_delta_native
                or {" + ".join(_EFFECTS)} is distinct from mrr_delta
                or mrr_before + mrr_delta is distinct from mrr_after
            """,
        ),
        rows(
            table,
            "ledger_equals_movements",
            "a customer's ledger and movements add up to the same, where no exchange rate comes in",
            f"""
            with native as (
                select customer_id, sum(mrr_delta_native) as delta
                from {{batch}}
                where effective_at <= timestamp {now}
                group by customer_id
                having count(*) = count(*) filter (where currency = {literal(company.reporting_currency)})
            ),

            reported as (
                select customer_id, sum(mrr_delta) as delta from marts.fct_mrr_movements group by customer_id
            )

            select native.customer_id, native.delta as ledger, reported.delta as movements
            from native
            left join reported on native.customer_id = reported.customer_id
            where native.delta <> coalesce(reported.delta, 0)
            """,
            needs=("fct_mrr_movements",),
        ),
        *_ledger_of_movements(),
        *(_of_view(view, says) for view, says in VIEWS.items()),
    ]


def _ledger_of_movements() -> list[Rule]:
    # A movement values the balance of each currency before and after, a ledger row that of one item: each of
    # these four may be rounded by half of the last digit.
    needs = ("fct_mrr_ledger", "fct_mrr_movements")
    return [
        rows(
            "fct_mrr_ledger",
            "ledger_rows_name_the_movement_of_their_day",
            "a ledger row names the movement of its customer and day, and none where there is none",
            """
            select ledger.ledger_id, ledger.customer_id, ledger.effective_date, ledger.movement_id,
                movements.movement_id as movement_of_the_day
            from (select * from {batch}) as ledger
            left join marts.fct_mrr_movements as movements
                on ledger.customer_id = movements.customer_id
                and ledger.effective_date = movements.movement_date
            where ledger.movement_id is distinct from movements.movement_id
            """,
            needs=needs,
        ),
        rows(
            "fct_mrr_movements",
            "ledger_rows_add_up_to_their_movement",
            "the ledger rows of a movement add up to its delta at the rates of the day, but for rounding",
            """
            with parts as (
                select
                    customer_id, effective_date, max(movement_id) as movement_id,
                    sum(mrr_delta) as mrr_delta, count(*) as ledger_rows,
                    count(distinct currency) as currencies
                from marts.fct_mrr_ledger
                group by customer_id, effective_date
            )

            select
                movements.movement_id, parts.customer_id, parts.effective_date, movements.mrr_delta,
                parts.mrr_delta as mrr_delta_of_ledger, parts.ledger_rows
            from (select * from {batch}) as movements
            full join parts on movements.movement_id = parts.movement_id
            where parts.ledger_rows is null
                or abs(parts.mrr_delta - coalesce(movements.mrr_delta, 0))
                > 0.0001 * (parts.ledger_rows + parts.currencies)
            """,
            needs=needs,
        ),
        rows(
            "fct_mrr_ledger",
            "ledger_amounts_are_native_ones_at_the_rate_of_the_day",
            "every amount in the reporting currency is the native one at the rate of its day",
            """
            select
                ledger.ledger_id, ledger.currency, ledger.effective_date, rates.rate,
                ledger.mrr_before_native, ledger.mrr_before, ledger.mrr_after_native, ledger.mrr_after
            from (select * from {batch}) as ledger
            left join marts.dim_fx_rates as rates
                on ledger.currency = rates.base and ledger.effective_date = rates.rate_day
            where case
                when rates.rate is null
                    then (ledger.mrr_before_native, ledger.mrr_after_native)
                        is distinct from (ledger.mrr_before, ledger.mrr_after)
                else abs(ledger.mrr_before_native * rates.rate - ledger.mrr_before) > 0.0001
                    or abs(ledger.mrr_after_native * rates.rate - ledger.mrr_after) > 0.0001
            end
            """,
            needs=(*needs, "dim_fx_rates"),
        ),
    ]


def _of_view(view: str, says: str) -> Rule:
    return rows(
        "fct_mrr_ledger",
        view,
        says,
        f"select * from rules.{quoted(view)} order by message",
        mend="Compare the line that the message names with the ledger's row. " + REPORT,
    )
