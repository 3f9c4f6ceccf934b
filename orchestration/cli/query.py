"""`sql` and `shell`: questions to the published warehouse through the one hardened connection."""

import csv
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import click

from orchestration.cli.audit import print_rows
from orchestration.cli.run import company_option
from orchestration.errors import QueryFailed
from orchestration.settings import default_company_path, load_company

_MOST_SHOWN = 1_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=300.0,
    show_default=True,
    help="Seconds a query may take.",
)
memory_option = click.option(
    "--memory-limit",
    default="2GiB",
    show_default=True,
    help="What a query may use; beyond it, it is refused.",
)


@click.command()
@company_option
@click.argument("query")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV instead of a table.")
@click.option(
    "--safe-csv",
    is_flag=True,
    help="Print CSV for a spreadsheet: a text that it would take for a formula begins with an apostrophe.",
)
@timeout_option
@memory_option
def sql(
    company_path: Path | None, query: str, as_csv: bool, safe_csv: bool, timeout: float, memory_limit: str
) -> None:
    """Ask the published warehouse one QUERY, such as "from marts.fct_mrr_monthly limit 3".

    Read-only: no other file can be read or written through it. CSV is written while the query runs.
    """
    from orchestration.machine.asking import answered
    from orchestration.machine.duckdb_files import open_published

    company = load_company(company_path or default_company_path())
    limits = replace(company.limits, memory_limit=memory_limit)
    with (
        open_published(company.published_file, limits) as connection,
        answered(connection, query, timeout) as (columns, rows),
    ):
        if as_csv or safe_csv:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([_cell(value, safe_csv) for value in row] for row in rows)
        else:
            _print(columns, rows)


@click.command()
@company_option
@timeout_option
@memory_option
def shell(company_path: Path | None, timeout: float, memory_limit: str) -> None:
    """Ask the published warehouse query after query; end each with a semicolon, leave with Ctrl-D."""
    from orchestration.machine.asking import answered
    from orchestration.machine.duckdb_files import open_published

    company = load_company(company_path or default_company_path())
    limits = replace(company.limits, memory_limit=memory_limit)
    with open_published(company.published_file, limits) as connection:
        click.echo(f"{company.published_file}, read-only. show all tables; lists what there is.")
        asked = ""
        while line := _line("> " if not asked else ". "):
            asked += line
            if asked.rstrip().endswith(";"):
                try:
                    with answered(connection, asked, timeout) as (columns, rows):
                        _print(columns, rows)
                except QueryFailed as error:
                    click.echo(str(error), err=True)
                asked = ""


def _line(prompt: str) -> str:
    """One line with its end, or nothing when the input has ended."""
    if sys.stdin.isatty():
        click.echo(prompt, nl=False)
    return sys.stdin.readline()


def _print(columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> None:
    """A table on a terminal, of the first rows; everything elsewhere."""
    if not sys.stdout.isatty():
        print_rows(columns, rows)
        return
    print_rows(columns, islice(rows, _MOST_SHOWN))
    if next(rows, None):
        click.echo(f"The first {_MOST_SHOWN} rows; there are more. --csv prints them all.")


def _cell(value: Any, is_safe: bool) -> Any:
    """A value as CSV writes it: true and false as in SQL, and no formula where that is asked."""
    if isinstance(value, bool):
        return str(value).lower()
    if is_safe and isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
