"""What an assistant may ask: each answer names its release, its definition, its SQL and how fresh it is."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from orchestration.assistant.free_sql import run_apart
from orchestration.assistant.plain import DATA, MOST_ROWS, plain, rows_of
from orchestration.closes.told import changes_since_release
from orchestration.errors import ConfigurationError
from orchestration.explain import explain_on
from orchestration.machine.duckdb_files import must_be_published, open_published
from orchestration.metrics.answer import answer
from orchestration.metrics.catalogue import described, load_catalogue
from orchestration.metrics.documents import LINEAGE
from orchestration.metrics.question import Grain, Question, parse_condition, parse_month
from orchestration.publish.published import release_of
from orchestration.settings import Company

TIMEOUT = 30.0
"""Seconds that a query may take."""
_MOST_PARTS = 50

Answered = dict[str, Any]


class Tools:
    """The tools over one company's published warehouse; each opens it anew and sees the newest release."""

    def __init__(self, company: Company, timeout: float = TIMEOUT) -> None:
        """Answer for this company; a query may take `timeout` seconds."""
        self._company = company
        self._timeout = timeout
        self._limits = company.limits

    def list_metrics(self) -> Answered:
        """All metrics that the warehouse defines, by name, with what each means and its labels.

        Only these are defined. A figure that is none of them has no agreed definition: say so instead of
        making one up.
        """
        with self._release() as (file, connection):
            known = load_catalogue(file).metrics.values()
            listed = [
                {
                    "name": one.name,
                    "title": one.title,
                    "description": one.description,
                    "labels": list(one.labels),
                }
                for one in known
            ]
            return self._answer(connection, metrics=listed)

    def describe_metric(self, name: str) -> Answered:
        """What one metric means: formula, tables, labels, and what has to be asked with it."""
        with self._release() as (file, connection):
            return self._answer(connection, definition=described(load_catalogue(file).find(name)))

    def query_metric(
        self,
        metrics: list[str],
        by: list[str] | None = None,
        where: list[str] | None = None,
        since: str | None = None,
        until: str | None = None,
        grain: Grain = "month",
    ) -> Answered:
        """One or more metrics by month (or quarter, year) and label.

        `by` are labels to split by; `where` are conditions such as `country=DE`, `country=DE,FR` or
        `country!=DE`; `since` and `until` are months such as 2025-06, both included. Amounts are in the
        company's reporting currency, as text with all their digits; rates are 0 to 1.
        """
        question = Question(
            tuple(metrics),
            tuple(by or ()),
            tuple(parse_condition(one) for one in where or ()),
            parse_month(since) if since else None,
            parse_month(until) if until else None,
            grain,
        )
        with self._release() as (file, connection):
            catalogue = load_catalogue(file)
            found = answer(file, self._limits, question, self._timeout)
            return self._answer(
                connection,
                definitions={name: catalogue.find(name).description for name in question.metrics},
                reporting_currency=self._company.reporting_currency,
                sql=list(found.sql),
                **rows_of(found.columns, iter(found.rows)),
            )

    def explain_number(
        self,
        figure: str,
        month: str,
        customer: str | None = None,
        segment: str | None = None,
        limit: int = 10,
    ) -> Answered:
        """One figure of a month or its quarter: its formula in numbers, and what it is made of.

        A column of fct_company_monthly such as closing_mrr or nrr, or a figure that finance asks of other
        marts: renewal_rate, net_new_arr, carr, magic_number, burn_multiple, forecast_mrr, ltv_60m,
        price_change_mrr, save_rate and more; an unknown name is answered with the nearest ones.

        Of the whole company, of one `customer` (its id) or of one `segment` such as `country=FR`. `parts` are
        the customers with most weight and their rows, each with file and line.
        """
        one = parse_condition(segment) if segment else None
        if one and (one.is_not or len(one.values) > 1):
            raise ConfigurationError(f"{segment!r} is no segment. Write it as country=FR.")
        asked = (one.label, one.values[0]) if one else None
        shown = max(1, min(limit, _MOST_PARTS))
        with self._release() as (_, connection):
            # Without the lines: they hold names and addresses as they were delivered.
            told = explain_on(connection, self._company, figure, parse_month(month), customer, asked, shown)
            found = plain(asdict(told)) | {"holds": told.holds, "note": DATA}
            for name in ("release_id", "as_of", "sql"):
                del found[name]
            # Of a customer or a segment, the rows below its formula are what to ask for.
            sql = [] if customer or one else [told.sql]
            return self._answer(connection, sql=sql, **found)

    def what_changed(self, limit: int = 20) -> Answered:
        """What moved since the release before, with cause, file and line; the largest amounts come first."""
        with self._release() as (_, connection):
            changes = changes_since_release(connection, max(1, min(limit, MOST_ROWS)))
            return self._answer(
                connection,
                definition="Figures of customers that are others than in the release before.",
                sql=["from marts.fct_changes_since_release order by abs(difference) desc"],
                since_release=changes.since_release or None,
                count=changes.count,
                largest=[plain(asdict(one)) for one in changes.largest],
                note=DATA,
            )

    def lineage(self, name: str) -> Answered:
        """Where a metric or a table comes from: every table on the way, and the deliveries it began with."""
        with self._release() as (file, connection):
            reads = _lineage(file)
            tables = self._tables_of(file, reads, name)
            below = _below(tables, reads)
            delivered = sorted(one.removeprefix("raw.") for one in below if one.startswith("raw."))
            files = connection.execute(
                "select canonical_table, source_name, count(*), max(loaded_at) from audit.deliveries "
                "where verdict in ('accept', 'warn') and list_contains(?, canonical_table) "
                "group by all order by all",
                [delivered],
            ).fetchall()
            return self._answer(
                connection,
                definition=f"{name} is made of the tables below; dbt builds each from those that it reads.",
                sql=[f"from marts.{table}" for table in tables],
                reads={one: reads[one] for one in sorted(below) if one in reads},
                deliveries=[
                    dict(zip(("table", "source", "files", "last_loaded_at"), plain(row), strict=True))
                    for row in files
                ],
                note=DATA,
            )

    def list_tables(self, table: str | None = None) -> Answered:
        """The published tables with what a row is; of one table, its columns with what each means."""
        asked = (
            "select schema_name || '.' || table_name as name, comment from duckdb_tables() order by 1"
            if table is None
            else "select column_name as name, data_type as type, comment from duckdb_columns() "
            "where schema_name || '.' || table_name = ? or table_name = ? order by column_index"
        )
        with self._release() as (_, connection):
            given = [] if table is None else [table, table]
            cursor = connection.execute(asked, given)
            columns = [column[0] for column in cursor.description or ()]
            found = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
            if not found:
                raise ConfigurationError(f"There is no table {table!r}. Without a name, all are listed.")
            what = "tables" if table is None else "columns"
            return self._answer(connection, sql=[asked], **{what: found})

    def run_sql(self, query: str) -> Answered:
        """Any one SELECT on the published tables, in DuckDB's SQL; 1,000 rows and 30 seconds at most.

        Prefer query_metric: what a query of your own computes has no agreed definition, and most tables hold
        totals beside their parts (list_tables says what to filter).
        """
        with self._release() as (file, connection):
            found = run_apart(file, query, self._timeout)
            return self._answer(
                connection, definition="A query of your own; nothing defines it.", sql=[query], **found
            )

    def without_paths(self, sentence: str) -> str:
        """A sentence for an assistant, which need not know where on this machine the warehouse lies."""
        warehouse = self._company.warehouse
        release = self._company.published_file.resolve().parent
        for folder in (release, warehouse.resolve(), warehouse):
            sentence = sentence.replace(f"{folder}/", "").replace(str(folder), "the warehouse")
        return sentence

    @contextmanager
    def _release(self) -> Iterator[tuple[Path, duckdb.DuckDBPyConnection]]:
        """The published file as it is now, and a connection that can only read it."""
        must_be_published(self._company.published_file)
        # The link may lead elsewhere a moment later.
        file = self._company.published_file.resolve()
        with open_published(file, self._limits) as connection:
            yield file, connection

    def _tables_of(self, file: Path, reads: Mapping[str, Any], name: str) -> list[str]:
        table = name.removeprefix("marts.")
        if table in reads:
            return [table]
        try:
            return [one.removeprefix("marts.") for one in load_catalogue(file).find(name).tables]
        except ConfigurationError as error:
            raise ConfigurationError(f"{name!r} is neither a table nor a metric. {error}") from error

    def _answer(self, connection: duckdb.DuckDBPyConnection, **told: Any) -> Answered:
        release = release_of(connection)
        freshness = {
            "release": release.release_id,
            "as_of": f"{release.as_of.isoformat()}Z",
            "published_at": f"{release.published_at.isoformat()}Z",
        }
        return {**freshness, **told}


def _lineage(file: Path) -> dict[str, list[str]]:
    path = file.with_name(LINEAGE)
    if not path.is_file():
        raise ConfigurationError(
            "An earlier version published this release, which does not say where its tables come from. "
            "saas-metrics run publishes one that does."
        )
    content: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _below(tables: Sequence[str], reads: Mapping[str, Sequence[str]]) -> set[str]:
    """Tables with everything that they are made of."""
    wanted, found = list(tables), set[str]()
    while wanted:
        one = wanted.pop()
        if one not in found:
            found.add(one)
            wanted += reads.get(one, ())
    return found
