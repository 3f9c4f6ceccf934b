"""`forget`: a customer out of everything the product keeps."""

from pathlib import Path

import click

from orchestration.cli.run import company_option, locked
from orchestration.errors import StillRemembered
from orchestration.machine.wording import counted
from orchestration.settings import default_company_path, load_company


@click.command()
@company_option
@click.option("--also", multiple=True, help="A customer who shares an address or a number; may be repeated.")
@click.argument("customer")
def forget(company_path: Path | None, customer: str, also: tuple[str, ...]) -> None:
    """Forget a CUSTOMER, named as in marts.dim_customers (<source>:<id in the source>) or by an address.

    Names, addresses and texts go from the build, the kept releases, the restricted file, the audit tables
    and the pages of the runs; the amounts stay under another id. Later deliveries of the customer are changed
    the same way. The files in the extracts folder and the backups are yours: those that still hold the
    customer are listed.
    """
    from orchestration.backup.content import backups_holding
    from orchestration.forget.run import forget as forget_customer

    company = load_company(company_path or default_company_path())
    with locked(company):
        outcome = forget_customer(company, customer, *also)
    for one, anonymous in outcome.anonymous.items():
        click.echo(f"{one} is {anonymous} from now on.")
    for file, rows in sorted(outcome.changed.items()):
        click.echo(f"  {file}: {counted(rows, 'row')} changed")
    if not outcome.changed:
        click.echo("  Nothing was left to change.")
    if outcome.subject.shared_names:
        click.echo(f"  {outcome.subject.shared_names} names stay where other customers bear them too.")
    if outcome.words:
        click.echo(
            f"  {outcome.words} names are words of the data too (a plan, a status); as such they stay."
        )
    if outcome.left:
        raise StillRemembered(
            f"{counted(len(outcome.left), 'file')} below {company.warehouse} still hold the customer: "
            f"{', '.join(outcome.left)}. Close whoever has them open and run this again."
        )
    click.echo(f"Searched every file below {company.warehouse}: 0 hold the customer.")
    click.echo("The next run builds every model anew.")
    if backups := backups_holding(company, outcome.subject.named):
        click.echo(
            "These backups were made before and still hold the customer. To restore one forgets the customer "
            "again, but the files do not; make a new backup and remove them, and copies of them elsewhere:"
        )
        for folder in backups:
            click.echo(f"  {folder}")
    if outcome.extracts:
        click.echo(f"These of your own files in {company.extracts} still hold the customer; remove it there:")
        for file in outcome.extracts:
            click.echo(f"  {file}")
