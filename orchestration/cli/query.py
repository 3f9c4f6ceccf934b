"""`sql` and `shell`: questions to the published warehouse through the one hardened connection."""

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.cli.audit import print_rows
from orchestration.cli.run import company_option
from orchestration.errors import QueryFailed
from orchestration.settings import default_company_path, load_company

if TYPE_CHECKING:
    import duckdb


@click.command()
@company_option
@click.argument("query")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV instead of a table.")
def sql(company_path: Path | None, query: str, as_csv: bool) -> None:
    """Ask the published warehouse one QUERY, such as "from marts.fct_mrr_monthly limit 3".

    Read-only: no other file can be read or written through it.
    """
    from orchestration.warehouse import open_published

    company = load_company(company_path or default_company_path())
    with open_published(company.published_file) as connection:
        _answer(connection, query, as_csv)


@click.command()
@company_option
def shell(company_path: Path | None) -> None:
    """Ask the published warehouse query after query; end each with a semicolon, leave with Ctrl-D."""
    from orchestration.warehouse import open_published

    company = load_company(company_path or default_company_path())
    with open_published(company.published_file) as connection:
        click.echo(f"{company.published_file}, read-only. show all tables; lists what there is.")
        asked = ""
        while line := _line("> " if not asked else ". "):
            asked += line
            if asked.rstrip().endswith(";"):
                try:
                    _answer(connection, asked, as_csv=False)
                except QueryFailed as error:
                    click.echo(str(error), err=True)
                asked = ""


def _line(prompt: str) -> str:
    """One line with its end, or nothing when the input has ended."""
    if sys.stdin.isatty():
        click.echo(prompt, nl=False)
    return sys.stdin.readline()


def _answer(connection: "duckdb.DuckDBPyConnection", query: str, as_csv: bool) -> None:
    import duckdb

    try:
        cursor = connection.execute(query)
        columns = tuple(column[0] for column in cursor.description or [])
        found = cursor.fetchall()
    except duckdb.Error as error:
        raise QueryFailed(f"The query was refused: {error}") from error
    if as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(columns)
        writer.writerows(found)
    else:
        print_rows(columns, found)
