"""Explains one figure: what it is, what it is made of, and the rows and lines that tell it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.explain.evidence import Row, named_in, rows_below
from orchestration.explain.figure import Figure, Input
from orchestration.explain.figures import FIGURES, figure_named
from orchestration.explain.lines import read_lines
from orchestration.machine.duckdb_files import open_published
from orchestration.machine.sql import quoted
from orchestration.publish.published import release_of
from orchestration.settings import Company

CUSTOMERS = "fct_customer_mrr_monthly"
MOST_ROWS = 50
"""So many rows of one kind are shown of a customer."""
_LABELLED: Mapping[str, str] = {
    "country": "dim_customers where coalesce(country, 'unknown') = $segment",
    "sales_model": "dim_customers where coalesce(sales_model, 'unknown') = $segment",
    "acquisition_channel": "dim_customers where coalesce(acquisition_channel, 'unknown') = $segment",
    "reseller": "dim_customers where coalesce(reseller_id, 'direct') = $segment",
    "currency": "dim_customers where coalesce(currency, 'unknown') = $segment",
    "cohort_year": "dim_customers where cast(year(first_mrr_on) as varchar) = $segment",
    "size_band": "fct_customer_plan_mrr_monthly where size_band = $segment",
}
"""The customers of a segment, by the type of segment."""
Number = Decimal | float | int | None


@dataclass(frozen=True)
class Part:
    """What a customer, or a channel, adds to each input, and the rows that tell it.

    `all` is what no mart tells by customer.
    """

    of: str
    values: Mapping[str, Decimal | int | float]
    rows: Sequence[Row] = ()


@dataclass(frozen=True)
class Rate:
    """A rate that balances of the month were valued at."""

    currency: str
    day: date
    rate: Decimal
    quoted_on: date | None


@dataclass(frozen=True)
class Explanation:
    """One figure, explained. `value` follows from the inputs, `published` is what the mart says."""

    column: str
    mart: str
    first_month: date
    month: date
    """The last month of the period, which a quarter that is not over has not reached."""
    customer: str | None
    segment: tuple[str, str] | None
    release_id: str
    as_of: str
    currency: str
    definition: str
    formula: str
    with_numbers: str
    value: Number
    published: Number
    hidden: str
    """Why there is no figure, where there is none."""
    totals: Mapping[str, Number]
    says: Mapping[str, str]
    """What each input is, in words."""
    settings: Mapping[str, Number]
    """The settings that the formula takes."""
    parts: Sequence[Part]
    others: int
    """So many parts more are not shown."""
    rates: Sequence[Rate]
    beside: Mapping[str, object]
    """What the mart says of how far the figure is to be trusted."""
    sql: str
    """The query that publishes it."""

    @property
    def holds(self) -> bool:
        """Whether the inputs lead to the figure that is published."""
        return self.value == self.published


def explain(
    company: Company,
    column: str,
    month: date,
    customer: str | None = None,
    segment: tuple[str, str] | None = None,
    limit: int = 10,
) -> Explanation:
    """Explain a figure of a month, or of the quarter that a month is in; of all, a customer or a segment.

    `limit` customers are shown with their rows, the largest first. Raises ConfigurationError for what the
    published file does not have or nothing tells of.
    """
    with open_published(company.published_file, company.limits) as connection:
        explanation = explain_on(connection, company, column, month, customer, segment, limit)
    return _with_lines(company, explanation)


def explain_on(
    connection: duckdb.DuckDBPyConnection,
    company: Company,
    column: str,
    month: date,
    customer: str | None = None,
    segment: tuple[str, str] | None = None,
    limit: int = 10,
) -> Explanation:
    """The same on an open published file, without the text of its lines, which may hold anything."""
    asked = _Asked(connection, company, column, figure_named(column), month, customer, segment)
    return asked.explanation(limit)


class _Asked:
    """One question to the published file."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        company: Company,
        column: str,
        figure: Figure,
        month: date,
        customer: str | None,
        segment: tuple[str, str] | None,
    ) -> None:
        self.connection, self.company, self.release = connection, company, release_of(connection)
        self.column, self.figure = column, figure
        self.place, self.customer, self.segment = figure.place, customer, segment
        if customer and segment:
            raise ConfigurationError("A customer is no segment: name one of --customer and --segment.")
        if customer and figure.is_ratio:
            named = [one.name for one in figure.inputs if one.name in FIGURES and one.by == "customer"]
            raise ConfigurationError(
                f"{column} compares customers, so one customer has none. Leave --customer out, or explain "
                f"{' or '.join(named or ['closing_mrr'])} of it."
            )
        self.first_month, self.month = self._period(month)
        self.settings = self._settings()
        self._demand()

    def _period(self, month: date) -> tuple[date, date]:
        """The first and the last month of the published period that a month is in."""
        place = self.place
        periods = f"from {place.table} where {place.rows}"
        ((first,),) = self._rows(
            f"select max({place.period}) {periods} and {place.period} between $earliest and $month",
            {"month": month, "earliest": _months_after(month, 1 - place.months)},
        )
        if first is None:
            ((since, until),) = self._rows(f"select min({place.period}), max({place.period}) {periods}")
            told = (
                f"has {since:%Y-%m} to {_months_after(until, place.months - 1):%Y-%m}, and no row of it"
                if since
                else "has no rows"
            )
            raise ConfigurationError(f"Nothing is published of {month:%Y-%m}: {place.table} {told}.")
        last = _months_after(first, place.months - 1)
        return first, last if place.months == 1 else min(last, self._today().replace(day=1))

    def _today(self) -> date:
        zone = ZoneInfo(self.company.reporting_timezone)
        return self.release.as_of.replace(tzinfo=UTC).astimezone(zone).date()

    def _settings(self) -> dict[str, Any]:
        policies, today = self.company.policies, self._today()
        surveys = self._rows(
            "select nps_survey from fct_company_monthly where period_month = $month", {"month": self.month}
        )
        first = self.first_month
        return {
            "month": self.month,
            "first_month": first,
            "from_month": _months_after(first, 1 - self.figure.months),
            "first_day": first - timedelta(days=1),
            "last_day": min(_months_after(self.month, 1) - timedelta(days=1), today),
            "is_partial": self.month >= today.replace(day=1),
            "survey": surveys[0][0] if surveys else None,
            "min_n": policies.min_n,
            "nps_window_days": policies.nps_window_days,
            "segment_type": self.segment[0] if self.segment else "all",
            "segment_value": self.segment[1] if self.segment else "all",
        }

    def _demand(self) -> None:
        if self.place.by and not self.segment:
            told = self._rows(
                f"select distinct {self.place.by} from {self.place.table} "
                f"where {self.place.period} = $month order by 1",
                {"month": self.first_month},
            )
            names = ", ".join(str(name) for (name,) in told)
            raise ConfigurationError(
                f"{self.column} is told of one {self.place.by}: name it, as --segment "
                f"{self.place.by}={told[0][0]}. In {self.month:%Y-%m} they are {names}."
            )
        if self.customer:
            if any(one.by != "customer" for one in self.figure.inputs):
                raise ConfigurationError(f"{self.column} is not told by customer: leave --customer out.")
            if not self._rows("select 1 from dim_customers where customer_id = $c", {"c": self.customer}):
                near = self._rows(
                    "select customer_id from dim_customers order by levenshtein(customer_id, $c) limit 1",
                    {"c": self.customer},
                )
                raise ConfigurationError(
                    f"There is no customer {self.customer!r}. "
                    + (f"An id is written as {near[0][0]!r}: source, colon, its number." if near else "")
                )
        if self.segment:
            label, value = self.segment
            usable = [
                name
                for name in self.figure.inputs[0].labels
                if self.figure.mart and all(name in one.labels for one in self.figure.inputs)
            ]
            if label not in usable:
                raise ConfigurationError(
                    f"{self.column} can't be explained by {label!r}: "
                    + (f"it can by {', '.join(usable)}." if usable else "it has no segments.")
                )
            if not self._published(self._column()):
                raise ConfigurationError(
                    f"{self.column} of {self.month:%Y-%m} has no segment {label}={value}."
                )

    def _rows(self, query: str, values: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, values or {}).fetchall()

    def _asked(self, query: str, **more: object) -> list[tuple[Any, ...]]:
        """A query with those of the known values that it names."""
        known = {**self.settings, **more}
        if self.segment:
            known["segment"] = self.segment[1]
        if self.customer:
            known["asked_customer"] = self.customer
        return self._rows(query, named_in(query, known))

    def _narrowed(self, one: Input) -> str:
        """The query of an input, of whom was asked for."""
        rows = customers = channels = either = ""
        if self.customer:
            rows = customers = either = "and customer_id = $asked_customer"
        elif self.segment:
            label = self.segment[0]
            rows = either = f"and {quoted(label)} = $segment"
            if label in _LABELLED:
                customers = either = f"and customer_id in (select customer_id from {_LABELLED[label]})"
            channels = "and channel = $segment"
        return (
            one.query.replace("{rows}", rows)
            .replace("{customers}", customers)
            .replace("{channels}", channels)
            .replace("{either}", either)
        )

    def _column(self) -> str:
        if self.segment:
            return self.figure.mart_column or self.column
        return self.place.total.format(column=self.place.column or self.column)

    def _published_row(self) -> str:
        """The table that publishes the figure, and the condition that its row meets."""
        figure, place = self.figure, self.place
        if self.customer:
            return f"{CUSTOMERS} where period_month = $month and customer_id = $asked_customer"
        if place.by:
            return f"{place.table} where {place.period} = $first_month and {place.by} = $segment"
        if not self.segment:
            return f"{place.table} where {place.period} = $first_month and {place.rows}"
        row = (
            "channel = $segment"
            if figure.mart == "fct_unit_economics_monthly"
            else "segment_type = $segment_type and segment_value = $segment"
        )
        also = f"and {figure.also}" if figure.also else ""
        return f"{figure.mart} where period_month = $month and {row} {also}"

    def _published(self, columns: str) -> list[tuple[Any, ...]]:
        return self._asked(f"select {columns} from {self._published_row()}")

    def explanation(self, limit: int) -> Explanation:
        """The answer."""
        parts: dict[str, dict[str, Decimal | int | float]] = defaultdict(dict)
        totals: dict[str, Number] = {}
        for one in self.figure.inputs:
            told = self._asked(self._narrowed(one))
            rows = [row for row in told if row[1] is not None]
            # Without a row, customers and currencies come to 0; what a channel cost is not known, nor is what
            # the time has not come to tell of any customer.
            is_known = bool(rows) or (not told and one.by in ("customer", "currency"))
            totals[one.name] = sum((value for _, value in rows), start=0) if is_known else None
            if one.by != "company":
                for of, value in rows:
                    parts[of][one.name] = value
        value, hidden = self._value(totals)
        if self.customer and self.column not in self._columns_of(CUSTOMERS):
            # What no mart sums by customer is the sum of its rows.
            published = value
        else:
            asked = self.column if self.customer else self._column()
            published = next((row[0] for row in self._published(asked)), 0 if self.customer else None)
        if published is None and not any(totals.values()):
            # A mart without a row has no figure, not 0.
            value, hidden = None, "nothing of it is told in this month"
        ordered = sorted(parts.items(), key=self._largest_first)
        customers = tuple(one for one in self.figure.inputs if one.by == "customer")
        shown = [
            *self._untold_by_customer(totals),
            *(
                Part(of, values, self._rows_of(of, customers) if customers else ())
                for of, values in ordered[:limit]
            ),
        ]
        named = named_in(self.figure.formula, self.settings)
        return Explanation(
            column=self.column,
            mart=CUSTOMERS if self.customer else self.figure.mart if self.segment else self.place.table,
            first_month=self.first_month,
            month=self.month,
            customer=self.customer,
            segment=self.segment,
            release_id=self.release.release_id,
            as_of=str(self.release.as_of),
            currency=self.company.reporting_currency,
            definition=self._definition(),
            formula=f"{self.column} = {self.figure.words}",
            with_numbers=_filled(self.figure.words, {**totals, **named}),
            value=value,
            published=published,
            hidden=hidden if value is None else "",
            totals=totals,
            says={one.name: one.says for one in self.figure.inputs},
            settings=named,
            parts=shown,
            others=max(len(ordered) - limit, 0),
            rates=self._rates(shown),
            beside=self._beside(),
            sql=f"select {self._column()} from marts.{self.place.table} "
            f"where {self.place.period} = '{self.first_month}' and {self._rows_in_words()}",
        )

    def _rows_in_words(self) -> str:
        if self.place.by and self.segment:
            return f"{self.place.by} = '{self.segment[1].replace(chr(39), chr(39) * 2)}'"
        return self.place.rows

    def _untold_by_customer(self, totals: Mapping[str, Number]) -> list[Part]:
        """Inputs of the whole company that no mart tells by customer, with the rows that make them."""
        untold = tuple(
            one
            for one in self.figure.inputs
            if one.by == "company" and one.evidence and (not self.segment or "factors" in one.evidence)
        )
        values = {one.name: total for one in untold if (total := totals[one.name])}
        if not values:
            return []
        return [Part("all", values, self._rows_of("all", untold))]

    def _beside(self) -> dict[str, object]:
        columns = self.figure.beside
        rows = self._published(", ".join(columns)) if columns and not self.customer else []
        return dict(zip(columns, rows[0], strict=True)) if rows else {}

    def _value(self, totals: Mapping[str, Number]) -> tuple[Number, str]:
        query = f"select case when {self.figure.when} then {self.figure.formula} end"
        ((value,),) = self._asked(query, **totals)
        return value, self.figure.hidden or "it would be a division by 0"

    def _largest_first(self, part: tuple[str, Mapping[str, Decimal | int | float]]) -> tuple[Decimal, str]:
        """By what a customer adds, or, of two balances that are compared, by what it moved."""
        of, values = part
        amounts = [Decimal(values.get(one.name, 0)) for one in self.figure.inputs]
        if self.figure.compares_balances:
            return -abs(amounts[0] - amounts[1]), of
        return -sum((abs(amount) for amount in amounts), start=Decimal(0)), of

    def _rows_of(self, of: str, inputs: tuple[Input, ...]) -> list[Row]:
        return rows_below(self.connection, inputs, of, self.settings, MOST_ROWS)

    def _rates_of_movements(self, parts: Sequence[Part]) -> list[Rate]:
        return [
            Rate(*row)
            for row in self._rows(
                "select distinct rate_currency, movement_date, rate, rate_on from fct_mrr_movements "
                "where list_contains($customers, customer_id) and list_contains($types, movement_type) "
                "and period_month between $from_month and $month and rate_currency <> $currency "
                "order by 1, 2",
                {
                    "customers": [part.of for part in parts],
                    "from_month": self.settings["from_month"],
                    "month": self.month,
                    "types": [kind for one in self.figure.inputs for kind in one.movement_types],
                    "currency": self.company.reporting_currency,
                },
            )
        ]

    def _columns_of(self, table: str) -> set[str]:
        rows = self._rows(
            "select column_name from duckdb_columns() where schema_name = 'marts' and table_name = $t",
            {"t": table},
        )
        return {name for (name,) in rows}

    def _definition(self) -> str:
        rows = self._rows(
            "select comment from duckdb_columns() where schema_name = 'marts' and table_name = $t "
            "and column_name = $c",
            {"t": self.place.table, "c": self.place.column or self.column},
        )
        return rows[0][0] if rows and rows[0][0] else ""

    def _rates(self, parts: Sequence[Part]) -> list[Rate]:
        currencies = {row.currency for part in parts for row in part.rows if row.currency}
        currencies.discard(self.company.reporting_currency)
        kinds = {kind for one in self.figure.inputs for kind in one.evidence}
        balances = kinds & {"held_at_start", "held_at_end", "committed"}
        if "movements" in kinds:
            return self._rates_of_movements(parts)
        if not balances:
            return []
        days = [self.settings["last_day"]]
        if "held_at_start" in balances:
            days.append(self.settings["first_day"])
        return [
            Rate(*row)
            for row in self._rows(
                "select base, rate_day, rate, rate_on from dim_fx_rates "
                "where list_contains($currencies, base) and list_contains($days, rate_day) "
                "order by base, rate_day",
                {"currencies": sorted(currencies), "days": days},
            )
        ]


def _months_after(month: date, months: int) -> date:
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _filled(words: str, numbers: Mapping[str, Number]) -> str:
    """A formula with its numbers in the place of their names."""
    filled = words
    for name in sorted(numbers, key=len, reverse=True):
        number = numbers[name]
        filled = filled.replace(name, "?" if number is None else f"{number:,}")
    return filled


def _with_lines(company: Company, explanation: Explanation) -> Explanation:
    """The same with the text of each line, read once a file."""
    wanted: dict[tuple[str, str], set[int]] = defaultdict(set)
    for part in explanation.parts:
        for row in part.rows:
            if row.source_name and row.source_file and row.source_line:
                wanted[row.source_name, row.source_file].add(row.source_line)
    texts = {
        (source, file, number): text
        for (source, file), numbers in wanted.items()
        for number, text in read_lines(company.extracts / source / file, numbers).items()
    }
    parts = [
        replace(
            part,
            rows=[
                replace(
                    row, text=texts.get((row.source_name or "", row.source_file or "", row.source_line or 0))
                )
                for row in part.rows
            ],
        )
        for part in explanation.parts
    ]
    return replace(explanation, parts=parts)
