"""What goes wrong with a day's delivery: each corruption with the rule that has to find it.

A corruption gives what is delivered in the place of the day, or None where the day has nothing to corrupt.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from orchestration.synthetic.events import Row
from tests.plausibility.days import Day, Tables

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Corruption:
    """One way in which a day goes wrong."""

    says: str
    rule: str
    """The rule that has to find it; others may too."""
    change: Callable[[Day], Tables | None]
    only_lists: bool = False
    """Whether only a full list can show it: what changed names nothing that is gone."""


def _with(day: Day, table: str, rows: dict[tuple[object, ...], Row]) -> Tables:
    return {**day.today, table: rows}


def _each(day: Day, table: str, change: Callable[[Row], Row], where: Callable[[Row], bool]) -> Tables:
    """The day with some rows of a table changed, under the keys that they have."""
    rows = {key: {**row, **change(row)} if where(row) else row for key, row in day.today[table].items()}
    return _with(day, table, rows)


def _newest_rates(day: Day) -> Iterator[tuple[object, ...]]:
    fresh = [key for key in day.today["fx_rates"] if key not in day.yesterday["fx_rates"]]
    yield from fresh


def _rate(day: Day, base: str, quote: str, change: Callable[[Decimal], Decimal]) -> Tables | None:
    found = [key for key in _newest_rates(day) if key[1:] == (base, quote)]
    if not found:
        return None
    key, rows = found[0], day.today["fx_rates"]
    return _with(
        day, "fx_rates", {**rows, key: {**rows[key], "rate": change(Decimal(str(rows[key]["rate"])))}}
    )


def _items_in_cents(day: Day) -> Tables:
    return _each(
        day, "subscription_items", lambda row: {"unit_amount": row["unit_amount"] * HUNDRED},
        lambda row: row["unit_amount"] is not None,
    )  # fmt: skip


def _two_items_in_cents(day: Day) -> Tables:
    known = {key[:2]: key for key in sorted(day.yesterday["subscription_items"], key=lambda key: key[2])}
    paid = [key for key in known.values() if day.yesterday["subscription_items"][key]["unit_amount"]]
    rows = dict(day.today["subscription_items"])
    for key in paid[:2]:
        rows[key] = {**rows[key], "unit_amount": rows[key]["unit_amount"] * HUNDRED}
    return _with(day, "subscription_items", rows)


def _ended_run_again(day: Day) -> Tables:
    ended = [key for key, row in day.today["subscriptions"].items() if row.get("status") == "ended"]
    back = set(ended[::2])
    rows = {
        key: {**row, "status": "active", "ended_at": None, "end_reason": None} if key in back else row
        for key, row in day.today["subscriptions"].items()
    }
    return _with(day, "subscriptions", rows)


def _doubled(day: Day, table: str, *ids: str) -> Tables:
    rows = dict(day.today[table])
    for key, row in day.today[table].items():
        again = {**row, **{name: f"new_{row[name]}" for name in ids}}
        rows[("new", *key)] = again
    return _with(day, table, rows)


def _answers_moved_down_a_line(day: Day) -> Tables:
    rows = list(day.today["survey_responses"].values())
    scores = [rows[-1]["score"], *(row["score"] for row in rows[:-1])]
    moved = {
        key: {**row, "score": score}
        for (key, row), score in zip(day.today["survey_responses"].items(), scores, strict=True)
    }
    return _with(day, "survey_responses", moved)


def _new_answers_of_another_scale(day: Day) -> Tables:
    rows = dict(day.today["survey_responses"])
    for number, row in enumerate(list(rows.values())[:25]):
        score = 1 + number % 5
        rows[("new", number)] = {**row, "response_id": f"new_{number}", "score": score}
    return _with(day, "survey_responses", rows)


def _month_start(day: Day) -> object:
    return (day.at - timedelta(days=1)).replace(day=1, hour=0, minute=0, second=0)


def _past_totals_with_tax(day: Day) -> Tables:
    start = _month_start(day)
    return _each(
        day, "invoices", lambda row: {"total": round(Decimal(str(row["total"])) * Decimal("1.2"), 2)},
        lambda row: row["issued_at"] < start and row["total"],
    )  # fmt: skip


def _spend_in_cents(day: Day) -> Tables | None:
    fresh = {key for key in day.today["ad_spend"] if key not in day.yesterday["ad_spend"]}
    if not fresh:
        return None
    rows = {
        key: {**row, "amount": row["amount"] * HUNDRED}
        if key in fresh and row["channel"] == "paid_search"
        else row
        for key, row in day.today["ad_spend"].items()
    }
    return _with(day, "ad_spend", rows)


def _one_amount_column(table: str, column: str) -> Callable[[Day], Tables]:
    def change(day: Day) -> Tables:
        return _each(
            day, table, lambda row: {column: row[column] * HUNDRED}, lambda row: row[column] is not None
        )

    return change


def _emptied(table: str, column: str) -> Callable[[Day], Tables]:
    return lambda day: _each(day, table, lambda row: {column: None}, lambda row: True)


def _renamed(table: str, column: str) -> Callable[[Day], Tables]:
    return lambda day: _each(
        day, table, lambda row: {column: f"Neu: {row[column]}"}, lambda row: row.get(column) is not None
    )


def _later(table: str, column: str, hours: int) -> Callable[[Day], Tables]:
    return lambda day: _each(
        day, table, lambda row: {column: row[column] - timedelta(hours=hours)},
        lambda row: row.get(column) is not None,
    )  # fmt: skip


CORRUPTIONS = (
    Corruption(
        "an exchange rate is 100 times off for a day", "exchange_rates_are_no_multiple_of_the_day_before",
        lambda day: _rate(day, "USD", "EUR", lambda rate: rate * HUNDRED),
    ),
    Corruption(
        "the exchange rates of the yen are given for 100 yen",
        "exchange_rates_are_no_multiple_of_the_day_before",
        lambda day: _rate(day, "JPY", "EUR", lambda rate: rate * HUNDRED),
    ),
    Corruption(
        "a pair is written the other way round", "exchange_rates_are_near_the_day_before",
        lambda day: _rate(day, "GBP", "EUR", lambda rate: round(1 / rate, 6)),
    ),
    Corruption(
        "a pair and its inverse do not multiply to one", "a_pair_and_its_inverse_make_one",
        lambda day: _rate(day, "EUR", "USD", lambda rate: round(rate * Decimal("1.05"), 6)),
    ),
    Corruption("all prices are in cents", "known_items_keep_the_size_of_their_price", _items_in_cents),
    Corruption(
        "two prices are in cents", "no_price_moves_to_a_hundred_times_itself", _two_items_in_cents
    ),
    Corruption(
        "quantities are a thousand times as many", "known_items_keep_the_size_of_their_price",
        lambda day: _each(
            day, "subscription_items", lambda row: {"quantity": row["quantity"] * 1000},
            lambda row: row["quantity"] is not None,
        ),
    ),
    Corruption(
        "totals of invoices are in cents", "amounts_have_the_size_they_had",
        _one_amount_column("invoices", "total"),
    ),
    Corruption(
        "lines of invoices are in cents", "amounts_have_the_size_they_had",
        _one_amount_column("invoice_lines", "amount_ex_tax"),
    ),
    Corruption(
        "payments are in cents", "amounts_have_the_size_they_had", _one_amount_column("payments", "amount")
    ),
    Corruption(
        "euros are called dollars", "known_ids_keep_their_currency",
        lambda day: _each(
            day, "subscription_items", lambda row: {"currency": "USD"}, lambda row: row["currency"] == "EUR"
        ),
    ),
    Corruption(
        "customers were created at the time of the export", "known_ids_keep_their_beginning",
        lambda day: _each(day, "customers", lambda row: {"created_at": day.at}, lambda row: True),
    ),
    Corruption(
        "starts of subscriptions are two hours earlier", "known_ids_keep_their_beginning",
        _later("subscriptions", "started_at", 2),
    ),
    Corruption(
        "a month-old export lies under today's date", "the_newest_record_is_no_older_than_before",
        lambda day: day.month_ago, only_lists=True,
    ),
    Corruption(
        "a month-old list of invoices lies under today's date", "the_newest_record_is_no_older_than_before",
        lambda day: {**day.today, "invoices": day.month_ago["invoices"]}, only_lists=True,
    ),
    Corruption(
        "half of the ended subscriptions are active again", "ended_subscriptions_stay_ended", _ended_run_again
    ),
    Corruption(
        "the ends of items are lost", "ended_subscriptions_stay_ended",
        lambda day: _each(
            day, "subscription_items", lambda row: {"valid_to": None, "status": "active"},
            lambda row: row["status"] == "ended",
        ),
    ),
    Corruption(
        "customers are there twice, under other ids", "new_customers_are_no_old_ones",
        lambda day: _doubled(day, "customers", "customer_id"),
    ),
    Corruption(
        "subscriptions are there twice, under other ids", "new_subscriptions_are_no_old_ones",
        lambda day: _doubled(day, "subscription_items", "subscription_id", "item_id"),
    ),
    Corruption(
        "every answer's score is one too high", "known_answers_keep_their_score",
        lambda day: _each(
            day, "survey_responses", lambda row: {"score": row["score"] + 1}, lambda row: row["score"] < 10
        ),
    ),
    Corruption(
        "every answer has the score of the line above", "known_answers_keep_their_score",
        _answers_moved_down_a_line,
    ),
    Corruption(
        "new answers are on a scale of five", "new_answers_are_scored_like_those_before",
        _new_answers_of_another_scale,
    ),
    Corruption(
        "totals of past months' invoices include tax now", "invoices_of_past_months_stay",
        _past_totals_with_tax,
    ),
    Corruption("the spend of a day is in cents", "spend_of_a_channel_is_as_before", _spend_in_cents),
    Corruption(
        "reasons of ends are lost", "reasons_are_as_full_as_before", _emptied("subscriptions", "end_reason")
    ),
    Corruption(
        "codes of failed payments are lost", "reasons_are_as_full_as_before",
        _emptied("payments", "failure_code"),
    ),
    Corruption("channels are renamed", "labels_are_known", _renamed("customers", "acquisition_channel")),
    Corruption("plans are translated", "labels_are_known", _renamed("subscription_items", "plan_name")),
    Corruption("stages of deals are renamed", "labels_are_known", _renamed("crm_deals", "stage")),
)  # fmt: skip
