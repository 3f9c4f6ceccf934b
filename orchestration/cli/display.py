"""What a run shows: a moving line on a terminal, plain lines without one, and figures at its end."""

import time
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from types import TracebackType
from typing import Any

import click
from rich.console import Console
from rich.measure import Measurement
from rich.status import Status
from rich.table import Table
from rich.text import Text

from orchestration.backup.content import overdue
from orchestration.build.nodes import NodeResult
from orchestration.cli.audit import folded, shown
from orchestration.closes.told import Change, changes_since_release, restated
from orchestration.landing.findings import REFUSING
from orchestration.machine.duckdb_files import open_landed, open_published
from orchestration.machine.wording import counted
from orchestration.run.steps import Run
from orchestration.settings import Company

_MONTHS = """
    select
        mrr.period_month, mrr.closing_mrr, mrr.new_mrr, mrr.expansion_mrr, mrr.contraction_mrr,
        mrr.churned_mrr, mrr.reactivation_mrr, mrr.fx_mrr, mrr.closing_customers,
        churn.customer_churn_rate, mrr.is_partial
    from marts.fct_mrr_monthly as mrr
    left join marts.fct_churn_monthly as churn
        on churn.period_month = mrr.period_month
        and churn.segment_type = mrr.segment_type and churn.segment_value = mrr.segment_value
    where mrr.segment_type = 'all' and mrr.segment_value = 'all'
    order by mrr.period_month desc
    limit 6
"""
_NPS = """
    select period_month, nps from marts.fct_nps_monthly
    where segment_type = 'all' and segment_value = 'all'
    qualify row_number() over (partition by period_month order by responses desc, survey) = 1
"""
# One row of each kind, since a wrong column is told by every row.
_REFUSED = """
    select
        source_name, file, min(line) as first_line, arg_min(message, coalesce(line, 0)), count(*),
        sum(count(*)) over ()
    from audit.rejects
    where list_contains(?, delivery_id) and list_contains(?, code)
    group by source_name, file, column_name, code
    order by source_name, file, first_line nulls first, column_name
    limit 3
"""
_HEADINGS = (
    "month", "MRR", "new", "expansion", "contraction", "churn", "reactivation", "fx", "customers",
    "customer churn", "NPS",
)  # fmt: skip


class Progress:
    """Says which step a run is in."""

    def __init__(self, company: Company) -> None:
        """Show the progress of a run of this company on standard error."""
        self._console = Console(stderr=True, highlight=False)
        self._status: Status | None = None
        self._company = company
        self._step = ""
        self._nodes = 0
        self._began = time.perf_counter()

    def __enter__(self) -> "Progress":
        """Begin to show."""
        if self._console.is_terminal:
            self._status = self._console.status(self._company.name)
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""
        if self._status:
            self._status.stop()

    def elapsed(self) -> float:
        """Wall seconds since the progress began."""
        return time.perf_counter() - self._began

    def step(self, step: str) -> None:
        """A step has begun."""
        self._step, self._nodes = step, 0
        if self._status:
            self._status.update(f"{self._company.name}: {step}")
        else:
            self._console.print(f"{self.elapsed():7.1f} s  {step}", soft_wrap=True)

    def node(self, node: NodeResult) -> None:
        """A model or seed has ended."""
        self._nodes += 1
        if self._status:
            self._status.update(f"{self._company.name}: {self._step}, {self._nodes} done, {node.name}")


def show_warehouse(company: Company) -> None:
    """The last months of the published warehouse, and where it is."""
    show_months(company)
    click.echo(f"Published: {company.published_file}")


def show_months(company: Company) -> None:
    """The last months of a published file."""
    with open_published(company.published_file, company.limits) as connection:
        months = connection.execute(_MONTHS).fetchall()
        nps = dict(connection.execute(_NPS).fetchall())
    console = Console(highlight=False)
    rows = [_shown(*month, nps.get(month[0])) for month in reversed(months)]
    console.print(_as_wide_as(console, f"{company.name}, {company.reporting_currency}", rows))


def show_changes(company: Company) -> None:
    """What is another than the release before published, the largest first; of closed months, a line."""
    with open_published(company.published_file, company.limits) as connection:
        told = restated(connection, company.reporting_currency)
        changes = changes_since_release(connection)
    if told:
        click.echo(f"note: {told}")
    if changes.count:
        show_table_of(
            changes.largest, f"Changed since {changes.since_release}: {counted(changes.count, 'figure')}"
        )


def show_table_of(changes: Sequence[Change], title: str) -> None:
    """Changes as a table, as wide as a terminal."""
    console = Console(highlight=False)
    table = Table(title=title, title_justify="left")
    for heading in ("month", "customer", "what", "difference", "cause", "file and line"):
        table.add_column(heading, justify="right" if heading == "difference" else "left", overflow="fold")
    for one in changes:
        texts = (one.customer_id, one.what, f"{one.difference:+,.2f} {one.currency}", one.cause, one.where)
        table.add_row(f"{one.month:%Y-%m}", *(Text(shown(text)) for text in texts))
    console.print(table)


def _shown(month: date, *rest: Any) -> list[str]:
    *amounts, customers, churn, is_partial, nps = rest
    return [
        f"{month:%Y-%m}{' (so far)' if is_partial else ''}",
        *(_money(amount) for amount in amounts),
        f"{customers:,}",
        "" if churn is None else f"{churn:.1%}",
        "" if nps is None else f"{nps:.0f}",
    ]


def _as_wide_as(console: Console, title: str, months: Sequence[Sequence[str]]) -> Table:
    """One line a month; where a terminal is too narrow for it one column a month, the last ones that fit."""
    wide = _table(title, [_HEADINGS, *months])
    if not months or _width(console, wide) <= console.width:
        return wide
    turned = [_HEADINGS, *([month[0].replace(" (", "\n("), *month[1:]] for month in months)]
    for first in range(1, len(months)):
        table = _table(title, list(zip(turned[0], *turned[first:], strict=True)))
        if _width(console, table) <= console.width:
            return table
    return _table(title, list(zip(turned[0], turned[-1], strict=True)))


def _table(title: str, lines: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left")
    for place, heading in enumerate(lines[0]):
        table.add_column(heading, justify="right" if place else "left")
    for line in lines[1:]:
        table.add_row(*line)
    return table


def _width(console: Console, table: Table) -> int:
    """How wide a table is where nothing in it is cut."""
    return Measurement.get(console, console.options.update(width=10_000), table).maximum


def show_notices(run: Run) -> None:
    """What is to be known of the sources, however the run ended."""
    for notice in run.notices:
        click.echo(f"{'warning' if notice.is_warning else 'note'}: {notice.text}", err=True)


def show_refused(run: Run) -> None:
    """The first refused rows of the deliveries that this run refused, each with how to mend it."""
    refused = sorted({one.delivery_id for one in run.deliveries if one.refused})
    if not refused:
        return
    with open_landed(run.company) as connection:
        rows = connection.execute(_REFUSED, [refused, sorted(REFUSING)]).fetchall()
    if not rows:
        return
    count = int(rows[0][-1])
    click.echo("The refused row:" if count == 1 else f"The first of {count:,} refused rows:", err=True)
    for source, file, line, message, many, _ in rows:
        place = f" line {line}" if line is not None else ""
        others = f" (and {many - 1:,} more like it)" if many > 1 else ""
        told = shown(f"  {source}/{file}{place}: {message}{others}")
        click.echo(folded(told, console_width(), "    "), err=True)


def console_width() -> int:
    """The columns of the terminal; 80 without one."""
    return Console(stderr=True).width


def show_warnings(run: Run) -> None:
    """The warnings of the gates: they stopped nothing, and want to be read."""
    for report in run.reports:
        for result in report.broken:
            said = "accepted by --accept-change" if result.accepted else "warning"
            click.echo(f"{said}: {result.message}", err=True)
    if told := overdue(run.company):
        click.echo(f"warning: {told}", err=True)


def show_times(run: Run) -> None:
    """CPU and wall seconds of every step."""
    rows: list[Sequence[Any]] = [(time.step, time.cpu_seconds, time.wall_seconds) for time in run.times]
    rows.append(("total", sum(row[1] for row in rows), sum(row[2] for row in rows)))
    click.echo(f"{'step':<10} {'CPU s':>7} {'wall s':>7}")
    for step, cpu, wall in rows:
        click.echo(f"{step:<10} {cpu:7.2f} {wall:7.2f}")


def _money(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:,.2f}"
