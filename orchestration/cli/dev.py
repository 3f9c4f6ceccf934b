"""`dev`: Dagster's pages on one company, with the history that its runs share."""

import os
import sys
from pathlib import Path

import click

from orchestration.cli.run import company_option
from orchestration.settings import default_company_path, load_company
from orchestration.settings.environment import with_dagster


@click.command()
@company_option
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=3000,
    show_default=True,
    help="Where the pages answer, on this machine.",
)
def dev(company_path: Path | None, port: int) -> None:
    """Dagster's pages on this company: graph, checks, schedule, history, backfills. Ends with Ctrl-C.

    They answer this machine only, at http://127.0.0.1:3000. While it runs, the schedule runs too.
    """
    from orchestration.defs.history import prepare_home

    company = load_company(company_path or default_company_path())
    home = prepare_home(company)
    click.echo(f"{company.name}: http://127.0.0.1:{port} (history in {home})", err=True)
    sys.stderr.flush()
    dagster = Path(sys.executable).with_name("dagster")
    module = ["-m", "orchestration.definitions", "--host", "127.0.0.1", "--port", str(port)]
    # In place of this process, so that Ctrl-C and a service manager reach it.
    os.execve(dagster, [str(dagster), "dev", *module], with_dagster(company.path, home))
