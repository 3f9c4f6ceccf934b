"""A question to the metrics, answered from the published file on the one hardened connection."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.machine.asking import answered
from orchestration.machine.duckdb_files import open_published
from orchestration.machine.limits import Limits
from orchestration.metrics.catalogue import Catalogue, load_catalogue
from orchestration.metrics.engine import queries
from orchestration.metrics.question import Question, requests
from orchestration.publish.published import Release, release_of

TIMEOUT = 300.0
"""Seconds that one query may take."""
_Row = tuple[Any, ...]


@dataclass(frozen=True)
class Answer:
    """The rows of a question, with the queries they come from."""

    columns: tuple[str, ...]
    rows: Sequence[_Row]
    sql: tuple[str, ...]
    release: Release


def answer(published_file: Path, limits: Limits, question: Question, timeout: float = TIMEOUT) -> Answer:
    """The metrics of a question, a row for each month and labels, in their order.

    All of it is of one release, whatever is published meanwhile. Raises ConfigurationError where it can't be
    answered, QueryFailed where it takes more time or memory than it may.
    """
    # The link may lead elsewhere a moment later.
    release_file = published_file.resolve()
    catalogue = load_catalogue(release_file)
    with open_published(release_file, limits) as connection:
        asked = requests(catalogue, _until_now(connection, catalogue, question))
        written = queries(catalogue.semantic_manifest, asked)
        values: dict[_Row, dict[str, Any]] = {}
        for request, sql in zip(asked, written, strict=True):
            with answered(connection, sql, timeout) as (columns, rows):
                # MetricFlow has an order of columns of its own.
                keys = [columns.index(name) for name in request.group_by]
                places = {name: columns.index(name) for name in request.metrics}
                for row in rows:
                    key = (_day(row[keys[0]]), *(row[place] for place in keys[1:]))
                    values.setdefault(key, {}).update({name: row[at] for name, at in places.items()})
        release = release_of(connection)
    names = tuple(dict.fromkeys(question.metrics))
    ordered = sorted(values, key=lambda key: (key[0], *((one is None, str(one)) for one in key[1:])))
    return Answer(
        (f"period_{question.grain}", *question.by, *names),
        [(*key, *(values[key].get(name) for name in names)) for key in ordered],
        tuple(written),
        release,
    )


def _until_now(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, question: Question) -> Question:
    """The question up to the unfinished month, where a metric also tells what is scheduled after it."""
    if question.until or not any(catalogue.find(name).is_scheduled for name in question.metrics):
        return question
    ((last,),) = connection.execute("select max(period_month) from marts.fct_company_monthly").fetchall()
    return replace(question, until=last)


def _day(instant: date | datetime) -> date:
    return instant.date() if isinstance(instant, datetime) else instant
