"""`close`, `reopen` and `closes`: months that finance has closed, and the proof that they stayed so."""

import re
from datetime import date
from pathlib import Path

import click

from orchestration.cli.audit import print_rows
from orchestration.cli.run import company_option, locked
from orchestration.machine.wording import counted
from orchestration.settings import Company, default_company_path, load_company


class Month(click.ParamType):
    """A month as 2025-06; its first day."""

    name = "month"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", value) or value.startswith("0000"):
            self.fail(f"{value!r} is not a month; write it as 2025-06.", param, ctx)
        return date.fromisoformat(f"{value}-01")


MONTH = Month()


@click.command()
@company_option
@click.argument("month", type=MONTH)
def close(company_path: Path | None, month: date) -> None:
    """Close every open month up to MONTH (2025-06), as the published release has them.

    A month has to be over at that release. Its rows are kept for good below `closes` in the warehouse, each
    record with the hash of the one before; whatever is learnt later stands in the first open month
    (fct_mrr_reported, fct_revenue_reported) and, with its cause, in fct_mrr_restatements.
    """
    from orchestration.closes.close import close_months

    company = load_company(company_path or default_company_path())
    with locked(company):
        made = close_months(company, month, on_month=lambda one: click.echo(f"closing {one} ...", err=True))
    first, last = made[0], made[-1]
    months = first.period_month if len(made) == 1 else f"{first.period_month} to {last.period_month}"
    click.echo(f"Closed: {months}, from release {last.release_id} (as of {last.as_of} UTC).")
    click.echo("Run saas-metrics run: from then on the reported tables show it.")


@click.command()
@company_option
@click.argument("month", type=MONTH)
@click.option("--reason", required=True, help="Why: it stays in the chain of closes.")
def reopen(company_path: Path | None, month: date, reason: str) -> None:
    """Open the last closed MONTH again. Nothing is deleted: that too is a record of the chain."""
    from orchestration.closes.close import reopen_month

    company = load_company(company_path or default_company_path())
    with locked(company):
        record = reopen_month(company, month, reason)
    click.echo(
        f"Open again: {record.period_month}. Run saas-metrics run, look at the figures and close it anew."
    )


@click.group(invoke_without_command=True)
@company_option
@click.pass_context
def closes(context: click.Context, company_path: Path | None) -> None:
    """The records of the chain of closes, in their order; `closes verify` compares every byte of it."""
    context.obj = company_path
    if context.invoked_subcommand is None:
        _list(load_company(company_path or default_company_path()))


@closes.command()
@company_option
@click.pass_context
def verify(context: click.Context, company_path: Path | None) -> None:
    """Walk the chain and every hash; exit code 1, and the file's name, where one byte differs."""
    from orchestration.closes.verify import whole_chain

    company = load_company(company_path or context.obj or default_company_path())
    chain = whole_chain(company)
    files = sum(1 for _ in chain.files())
    click.echo(f"As they were closed: {counted(len(chain.records), 'record')} and {counted(files, 'file')}.")


def _list(company: Company) -> None:
    from orchestration.closes.record import closes_folder, read_chain

    chain = read_chain(closes_folder(company))
    if not chain.records:
        click.echo("No month is closed. Close one: saas-metrics close 2025-06.")
        return
    in_force = {record.name for record in chain.in_force}
    print_rows(
        ("record", "what", "made at (UTC)", "release", "rows", "in force", "reason"),
        [
            (
                record.name,
                record.kind,
                record.made_at[:19],
                record.release_id,
                sum(record.rows.values()) or "",
                "yes" if record.name in in_force else "",
                record.reason,
            )
            for record in chain.records
        ],
    )
