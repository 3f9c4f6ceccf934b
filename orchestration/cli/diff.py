"""`diff`: what moved between two kept releases, and why."""

from pathlib import Path

import click

from orchestration.cli.audit import print_rows
from orchestration.cli.run import company_option
from orchestration.settings import default_company_path, load_company


@click.command()
@company_option
@click.argument("older", metavar="[RELEASE]", required=False)
@click.argument("newer", metavar="[RELEASE]", required=False)
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="So many figures, at most."
)
def diff(company_path: Path | None, older: str | None, newer: str | None, limit: int) -> None:
    """What moved between two kept releases: customer by customer, with its cause, file and line.

    Without names, what the published release has moved since the one before; with one, since that one.
    MRR is in the reporting currency, revenue in that of its invoices; the largest amounts come first.
    `saas-metrics releases` lists the kept ones.
    """
    from orchestration.closes.told import changes_between, releases_between

    company = load_company(company_path or default_company_path())
    since, releases = releases_between(company, older, newer)
    changes = changes_between(company, releases)
    if not changes:
        click.echo(f"Nothing moved since {since}.")
        return
    columns = ("month", "customer", "what", "difference", "currency", "cause", "detail", "file and line")
    print_rows(
        columns,
        [
            (
                f"{one.month:%Y-%m}",
                one.customer_id,
                one.what,
                one.difference,
                one.currency,
                one.cause,
                one.detail,
                one.where,
            )
            for one in changes[:limit]
        ],
    )
    if len(changes) > limit:
        click.echo(f"{limit} of {len(changes)}; --limit shows more.")
