"""`metrics`: what the published warehouse defines, listed, described and asked by name and label."""

import csv
import json
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestration.cli.audit import print_rows
from orchestration.cli.query import memory_option, timeout_option
from orchestration.cli.run import company_option
from orchestration.settings import default_company_path, load_company

if TYPE_CHECKING:
    from orchestration.metrics.catalogue import Metric

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def metrics() -> None:
    """MRR, churn, NRR, CAC and the like by month and label, each defined once.

    \b
      saas-metrics metrics list                    all, with what each means
      saas-metrics metrics describe nrr            formula, tables and labels
      saas-metrics metrics query closing_mrr arpa  by month, for the company
      saas-metrics metrics query nrr grr --by country
      saas-metrics metrics query closing_mrr --where country=DE --from 2025-01
      saas-metrics metrics query new_mrr --grain quarter --csv
      saas-metrics metrics query logo_retention --by months_since

    They are asked of the published file, also while a run goes on, and mean what they meant when it was
    published.
    """


@metrics.command(name="list")
@company_option
@json_option
def list_metrics(company_path: Path | None, as_json: bool) -> None:
    """All metrics, with what each means."""
    from orchestration.metrics.catalogue import load_catalogue

    company = load_company(company_path or default_company_path())
    known = load_catalogue(company.published_file).metrics.values()
    columns = ("name", "title", "description")
    rows = [(one.name, one.title, one.description) for one in known]
    if as_json:
        _print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_rows(columns, rows)


@metrics.command()
@company_option
@click.argument("name")
@json_option
def describe(company_path: Path | None, name: str, as_json: bool) -> None:
    """What a metric means: its formula, the tables it reads, and the labels it has."""
    from orchestration.metrics.catalogue import described, load_catalogue

    company = load_company(company_path or default_company_path())
    metric = load_catalogue(company.published_file).find(name)
    if as_json:
        _print_json(described(metric))
        return
    click.echo(f"{metric.name}: {metric.title}\n{metric.description}\n")
    click.echo(f"formula  {metric.formula}\ntables   {', '.join(metric.tables)}")
    _say_limits(metric)
    click.echo("labels")
    for label in metric.labels.values():
        click.echo(f"  {label.name:<20}  {label.description}")


@metrics.command()
@company_option
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option("--by", multiple=True, metavar="LABEL", help="Split by this label. May be repeated.")
@click.option("--from", "since", metavar="MONTH", help="First month, such as 2025-01.")
@click.option("--to", "until", metavar="MONTH", help="Last month, such as 2025-06.")
@click.option(
    "--where",
    multiple=True,
    metavar="LABEL=VALUE",
    help="Only these: country=DE, country=DE,FR or country!=DE. May be repeated; all have to hold.",
)
@click.option(
    "--grain",
    type=click.Choice(("month", "quarter", "year")),
    default="month",
    show_default=True,
    help="Balances are those of its end, movements its sum, rates weighted with what each month began with.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
@click.option("--sql", "as_sql", is_flag=True, help="Print the SQL that answers, for saas-metrics sql.")
@timeout_option
@memory_option
def query(
    company_path: Path | None,
    names: tuple[str, ...],
    by: tuple[str, ...],
    since: str | None,
    until: str | None,
    where: tuple[str, ...],
    grain: Any,
    as_csv: bool,
    as_json: bool,
    as_sql: bool,
    timeout: float,
    memory_limit: str,
) -> None:
    """One or more metrics by month and label.

    The labels that a metric has: saas-metrics metrics describe NAME.
    """
    from dataclasses import replace

    from orchestration.metrics.answer import answer
    from orchestration.metrics.question import Question, parse_condition, parse_month

    company = load_company(company_path or default_company_path())
    question = Question(
        names,
        by,
        tuple(parse_condition(one) for one in where),
        parse_month(since) if since else None,
        parse_month(until) if until else None,
        grain,
    )
    limits = replace(company.limits, memory_limit=memory_limit)
    found = answer(company.published_file, limits, question, timeout)
    if as_sql:
        click.echo(";\n\n".join(found.sql))
    elif as_json:
        _print_json([dict(zip(found.columns, row, strict=True)) for row in found.rows])
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(found.columns)
        writer.writerows(found.rows)
    else:
        print_rows(found.columns, found.rows)


def _say_limits(metric: "Metric") -> None:
    if metric.needs:
        click.echo(f"asked by {', '.join(metric.needs)}, or for one value of it")
    if metric.is_monthly:
        click.echo("asked by month")
    if metric.type_of_segment:
        click.echo("asked by one segment at a time")


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=1, ensure_ascii=False, default=_as_json))


def _as_json(value: Any) -> str:
    """Amounts keep all their digits."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(value)
