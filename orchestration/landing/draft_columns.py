"""What a draft says of each column of one table, and what it asks."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from orchestration.landing.canonical import CanonicalColumn, CanonicalTable
from orchestration.landing.draft_values import Dates, date_form
from orchestration.landing.samples import Sample
from orchestration.landing.usual_names import code_of, months_of, plain, usual_columns

_OPEN = '{const: "?"}'
_MOST_WORDS = 30
_ITEM_ID = "item_id"
_CENTS = {"cents", "centimes", "minor"}
_MONTHLY = {"mrr", "monthly", "mensuel", "mensuelle", "mensuels"}
_YEARLY = {"arr", "annual", "yearly", "annuel", "annuelle", "annuels"}
_WITH_TAX = {"ttc", "gross", "incl"}
_OF_THE_LINE = {"total", "amount", "montant", "mrr", "arr"}


@dataclass(frozen=True)
class Said:
    """One line of a draft: what is said of a column in YAML, the questions above it, the names it reads."""

    column: str
    text: str
    questions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Columns:
    """The columns of one table, as the sample of one file fills them."""

    sample: Sample
    table: CanonicalTable

    @cached_property
    def found(self) -> Mapping[str, str]:
        """The name in the file by column."""
        return usual_columns(self.table, self.sample.names)

    @cached_property
    def dated(self) -> Mapping[str, Dates]:
        """How the columns of dates are written."""
        return {
            column.name: date_form(self.sample.values(self.found[column.name]))
            for column in self.table.columns
            if column.kind in ("date", "timestamp") and column.name in self.found
        }

    @property
    def key(self) -> tuple[str, ...]:
        """The key of items whose lines are the state of today; empty where the table's own is meant."""
        if self.table.name == "subscription_items" and not self._has_history:
            return ("subscription_id", _ITEM_ID)
        return ()

    @property
    def _has_history(self) -> bool:
        """Whether some subscription stands on several lines with other beginnings."""
        names = [self.found.get(name) for name in ("subscription_id", "customer_id")]
        name, since = next((one for one in names if one), None), self.found.get("valid_from")
        if name is None or since is None:
            return False
        begun = self.sample.together(name, since)
        ids = {whose for whose, _ in begun}
        return len(set(begun)) > len(ids)

    @property
    def _lines_repeat(self) -> bool:
        name = self.found.get("subscription_id")
        ids = self.sample.values(name) if name else []
        return len(set(ids)) < len(ids)

    def said(self, date_format: str) -> Iterator[Said]:
        """One for each column that is found, and for each that a row can't do without.

        `date_format`: that of the file's locale, which a column need not repeat.
        """
        own: Mapping[tuple[str, str], Callable[[], Said]] = {
            ("subscription_items", "subscription_id"): self._subscription,
            ("subscription_items", _ITEM_ID): self._item,
            ("subscription_items", "unit_amount"): self._price,
            ("subscription_items", "quantity"): self._quantity,
            ("subscription_items", "interval_unit"): self._interval,
            ("subscription_items", "interval_count"): self._interval_count,
            ("subscription_items", "status"): self._status,
            ("subscriptions", "status"): self._status,
            ("invoices", "status"): self._invoice_status,
            ("invoices", "subtotal"): self._subtotal,
        }
        for column in self.table.columns:
            made = own.get((self.table.name, column.name))
            if made is not None:
                yield made()
            elif column.name in self.found:
                yield self._found(column, date_format)
            elif column.kind == "currency" and column.required:
                yield Said(column.name, _OPEN, ("no column tells the currency: write it, as {const: EUR}.",))
            elif column.required:
                yield Said(column.name, '{from: "?"}', (f"which column tells {column.name}?",))

    def _found(self, column: CanonicalColumn, date_format: str) -> Said:
        name = self.found[column.name]
        if column.name in self.dated:
            return self._date(column.name, name, self.dated[column.name], date_format)
        if column.kind == "enum":
            return self._codes(column.name, name, column.name)
        more, questions = "", tuple[str, ...]()
        if column.kind in ("money", "price"):
            more, questions = self._money(name)
        elif column.kind == "currency":
            more = ", upper: true"
        return Said(column.name, f"{{from: {_text(name)}{more}}}", questions, (name,))

    def _date(self, column: str, name: str, dates: Dates, date_format: str) -> Said:
        differs = dates.format not in ("", date_format)
        layout = (
            f", format: {dates.format if dates.format == 'iso' else _text(dates.format)}" if differs else ""
        )
        return Said(column, f"{{from: {_text(name)}, type: {dates.type}{layout}}}", dates.doubts, (name,))

    def _codes(self, column: str, name: str, codes: str) -> Said:
        """A label with the words of the first rows; `"?"` for a word whose code is not known."""
        words = list(dict.fromkeys(self.sample.values(name)))
        if not words or len(words) > _MOST_WORDS:
            return Said(column, f"{{from: {_text(name)}}}", (f"map its values to codes: {name}.",), (name,))
        known = {word: code_of(codes, word) for word in words}
        listed = ", ".join(f"{_text(word)}: {code or _text('?')}" for word, code in known.items())
        open_words = ", ".join(repr(word) for word, code in known.items() if code is None)
        questions = (f"which code is {open_words}? Any other value than those listed is refused.",)
        return Said(
            column, f"{{from: {_text(name)}, map: {{{listed}}}}}", questions if open_words else (), (name,)
        )

    def _money(self, name: str) -> tuple[str, tuple[str, ...]]:
        """The type of an amount, and what its name and values leave open."""
        hints = set(plain(name).split("_"))
        values = self.sample.values(name)
        if hints & _CENTS:
            return ", type: money_minor", ()
        questions = []
        if values and all(value.lstrip("-").isdigit() for value in values):
            questions.append(
                f"whole numbers: is {max(values, key=len)} in units, or in cents? If so, write money_minor."
            )
        if hints & _WITH_TAX:
            questions.append(f"{name} looks like an amount with tax; MRR and revenue are meant without.")
        return ", type: money_major", tuple(questions)

    def _subscription(self) -> Said:
        if name := self.found.get("subscription_id"):
            return Said("subscription_id", f"{{from: {_text(name)}}}", (), (name,))
        if name := self.found.get("customer_id"):
            question = f"no column tells the subscription: each {name} is taken to have one."
            return Said("subscription_id", f"{{from: {_text(name)}}}", (question,), (name,))
        return Said("subscription_id", '{from: "?"}', ("which column tells the subscription?",))

    def _item(self) -> Said:
        if name := self.found.get(_ITEM_ID):
            return Said(_ITEM_ID, f"{{from: {_text(name)}}}", (), (name,))
        if self._lines_repeat and not self._has_history and (name := self.found.get("plan_name")):
            question = f"a subscription has several lines: each {name} is taken for one item of it."
            return Said(_ITEM_ID, f"{{from: {_text(name)}}}", (question,), (name,))
        if self._has_history:
            question = (
                "lines of one subscription are taken to follow each other, each from its own beginning."
            )
            if "valid_to" not in self.found:
                question += " Who left needs a last line with 0, or a column that tells the end."
            return Said(_ITEM_ID, '{const: "1"}', (question,))
        return Said(_ITEM_ID, '{const: "1"}')

    def _price(self) -> Said:
        name = self.found.get("unit_amount")
        if name is None:
            return Said("unit_amount", '{from: "?"}', ("which column tells the price, without tax?",))
        more, questions = self._money(name)
        return Said("unit_amount", f"{{from: {_text(name)}{more}}}", questions, (name,))

    def _quantity(self) -> Said:
        name, price = self.found.get("quantity"), self.found.get("unit_amount", "")
        if name is None:
            return Said("quantity", '{const: "1"}')
        questions: tuple[str, ...] = ()
        if set(plain(price).split("_")) & _OF_THE_LINE:
            questions = (f'is {price} for one, or for all {name}? For all write {{const: "1"}} here.',)
        return Said("quantity", f"{{from: {_text(name)}}}", questions, (name,))

    def _interval(self) -> Said:
        price, name = self.found.get("unit_amount", ""), self.found.get("interval_unit")
        hints = set(plain(price).split("_"))
        named = "month" if hints & _MONTHLY else "year" if hints & _YEARLY else None
        if named is not None:
            questions = (f"{price} is taken for a price a {named}; {name} is not read.",) if name else ()
            return Said("interval_unit", f"{{const: {named}}}", questions)
        if name is None:
            question = (
                f'is {price or "the price"} for a month or for a year? Write month or year for the "?".'
            )
            return Said("interval_unit", _OPEN, (question,))
        if self._counts_months:
            question = f"{name} is taken for a number of months, and {price} for the price of all of them."
            return Said("interval_unit", "{const: month}", (question,), (name,))
        return self._words_of_period(name, price)

    def _words_of_period(self, name: str, price: str) -> Said:
        words = list(dict.fromkeys(self.sample.values(name)))
        known = {word: "month" if months_of(word) else code_of("interval_unit", word) for word in words}
        listed = ", ".join(f"{_text(word)}: {code or _text('?')}" for word, code in known.items())
        questions = []
        if open_words := ", ".join(repr(word) for word, code in known.items() if code is None):
            questions.append(
                f"which interval is {open_words}? One of day, week, month, quarter, year, one_time."
            )
        if len(known) > 1:
            questions.append(f"{price} is taken for the price of one period, a year's where it is a year.")
        return Said("interval_unit", f"{{from: {_text(name)}, map: {{{listed}}}}}", tuple(questions), (name,))

    @property
    def _counts_months(self) -> bool:
        name = self.found.get("interval_unit")
        values = self.sample.values(name) if name else []
        return bool(values) and all(value.isdigit() for value in values)

    def _interval_count(self) -> Said:
        name, unit = self.found.get("interval_unit"), self._interval()
        if name is None or (unit.text.startswith("{const") and not self._counts_months):
            return Said("interval_count", '{const: "1"}')
        if self._counts_months:
            return Said("interval_count", f"{{from: {_text(name)}}}", (), (name,))
        words = list(dict.fromkeys(self.sample.values(name)))
        if not any(map(months_of, words)):
            return Said("interval_count", '{const: "1"}')
        listed = ", ".join(f'{_text(word)}: "{months_of(word) or 1}"' for word in words)
        return Said("interval_count", f"{{from: {_text(name)}, map: {{{listed}}}}}", (), (name,))

    def _status(self) -> Said:
        name = self.found.get("status")
        if name is not None:
            return self._codes("status", name, "status")
        end = self.found.get("valid_to" if self.table.name == "subscription_items" else "ended_at")
        question = f"no column tells a status: {end} is taken to end what is active until then."
        if end is None:
            question = "no column tells a status or an end: all lines are taken for active."
        return Said("status", "{const: active}", (question,) if self.table.name == "subscriptions" else ())

    def _invoice_status(self) -> Said:
        if name := self.found.get("status"):
            return self._codes("status", name, "invoice_status")
        if paid := self.found.get("paid_at"):
            text = f"{{const: open, when: [{{if: {{{_text(paid)}: not_null}}, set: paid}}]}}"
            return Said("status", text, (f"no column tells a status: what has no {paid} is taken for open.",))
        return Said(
            "status", _OPEN, ("no column tells a status: are all of them paid? Write {const: paid}.",)
        )

    def _subtotal(self) -> Said:
        name = self.found.get("subtotal")
        if name is None:
            return Said("subtotal", '{from: "?"}', ("which column tells the amount without tax?",))
        more, questions = self._money(name)
        if name == self.found.get("total"):
            questions = (*questions, f"{name} is taken as the amount without tax and with it: the same.")
        lines = "what has no lines is in no revenue (MRR is not made of it): map its lines as invoice_lines."
        questions = (*questions, lines)
        return Said("subtotal", f"{{from: {_text(name)}{more}}}", questions, (name,))


def _text(value: str) -> str:
    """A text as YAML has it between braces."""
    return value if value.isidentifier() and value.isascii() else json.dumps(value, ensure_ascii=False)
