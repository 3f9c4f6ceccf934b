"""What goes wrong with a day's delivery: each corruption with the rule that has to find it.

A corruption gives what is delivered in the place of the day, or None where the day has nothing to corrupt.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from orchestration.synthetic.events import Row
from tests.plausibility.days import Day, Gate, Played, Tables, changed

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Corruption:
    """One way in which a day goes wrong."""

    says: str
    rule: str
    """The rule that has to find it; others may too."""
    change: Callable[[Day], Tables | None]
    before: Callable[[Day], Day] | None = None
    """Has the days before be other ones: what stays away was away yesterday too."""
    only_lists: bool = False
    """Whether only a full list can show it: what changed names nothing that is gone."""
    as_changes: bool = False
    """Whether it is what is delivered as changes, and no state of the day."""

    def looked_at(self, asked: Gate, folder: Path, day: Day, delta: bool) -> Played | None:
        """What the rules say of a day with it; None where the day has nothing to corrupt."""
        if self.before is not None:
            day = self.before(day)
        today = self.change(day)
        if today is None or (delta and self.only_lists) or (self.as_changes and not delta):
            return None
        return (
            asked.deliver(folder, day, today, delta)
            if self.as_changes
            else asked.look(folder, day, today, delta)
        )


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


def _without(table: str, where: Callable[[Row], bool]) -> Callable[[Tables], Tables]:
    return lambda tables: {
        **tables, table: {key: row for key, row in tables[table].items() if not where(row)}
    }  # fmt: skip


def _away(
    table: str, column: str, days: int, where: Callable[[Row], bool] = lambda row: True
) -> Callable[[Day], Day]:
    """Days on which some rows of a table have stayed away for so many days."""

    def changed(day: Day) -> Day:
        since = day.at.date() - timedelta(days=days)
        without = _without(table, lambda row: where(row) and _date(row[column]) > since)
        return replace(day, today=without(day.today), yesterday=without(day.yesterday))

    return changed


def _date(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value


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
        "leads were created at the time of the export", "known_ids_keep_their_beginning",
        lambda day: _each(day, "crm_leads", lambda row: {"created_at": day.at}, lambda row: True),
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
        "a file of changes that is weeks old lies under today's date",
        "changes_are_no_older_than_what_is_known", lambda day: day.weeks_old, as_changes=True,
    ),
    Corruption(
        "an invoice file of changes that is weeks old lies under today's date",
        "changes_are_no_older_than_what_is_known",
        lambda day: {**changed(day.today, day.yesterday), "invoices": day.weeks_old["invoices"]},
        as_changes=True,
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
        "a tenth of the answers are gone from the list", "known_answers_keep_their_score",
        lambda day: _with(
            day, "survey_responses",
            dict(list(day.today["survey_responses"].items())[len(day.today["survey_responses"]) // 10 :]),
        ),
        only_lists=True,
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
    Corruption(
        "a channel of spend is gone from the list", "labels_do_not_vanish",
        lambda day: _without("ad_spend", lambda row: row["channel"] == "paid_social")(day.today),
        only_lists=True,
    ),
    Corruption(
        "a channel of leads is gone from the list", "labels_do_not_vanish",
        lambda day: _without("crm_leads", lambda row: row["channel"] == "paid_search")(day.today),
        only_lists=True,
    ),
    Corruption(
        "the spend of a channel stays away for five days", "nothing_that_came_regularly_stays_away",
        lambda day: day.today, _away("ad_spend", "spend_on", 6, lambda row: row["channel"] == "paid_search"),
    ),
    Corruption(
        "leads of a channel stay away for two months", "nothing_that_came_regularly_stays_away",
        lambda day: day.today,
        _away("crm_leads", "created_at", 61, lambda row: row["channel"] == "paid_search"),
    ),
    Corruption(
        "invoices stay away for three weeks", "nothing_that_came_regularly_stays_away",
        lambda day: day.today, _away("invoices", "issued_at", 21),
    ),
    Corruption(
        "answers stay away for two months", "nothing_that_came_regularly_stays_away",
        lambda day: day.today, _away("survey_responses", "responded_at", 61),
    ),
)  # fmt: skip
