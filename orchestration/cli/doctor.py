"""`doctor`: what may keep the next run from ending well."""

from datetime import UTC, datetime
from pathlib import Path

import click

from orchestration.cli.audit import folded, shown
from orchestration.cli.display import console_width
from orchestration.cli.run import company_option
from orchestration.settings import default_company_path, load_company

_COLOURS = {"ok": "green", "warning": "yellow", "wrong": "red"}
_LABEL = len("warning  ")


@click.command()
@company_option
@click.pass_context
def doctor(context: click.Context, company_path: Path | None) -> None:
    """Look at the company, its files and this machine, and say what to mend. Nothing is written.

    A line for each: company.yml, mappings, the files of each source and their age (hours), rights, room on
    the disk (MB), lock, build file, published file, clock, schedule, backup.

    Exit codes: 0 all well, or warnings only; 1 something is wrong, and the next run would fail; 2 company.yml
    or the call is wrong.
    """
    from orchestration.doctor import WARNING, WRONG, examined

    company = load_company(company_path or default_company_path())
    found = {WARNING: 0, WRONG: 0}
    for one in examined(company, datetime.now(UTC)):
        if one.grade in found:
            found[one.grade] += 1
        told = shown(f"{one.grade:<{_LABEL}}{one.of}: {one.told}")
        label, rest = told[:_LABEL], folded(told, console_width(), " " * _LABEL)[_LABEL:]
        click.echo(click.style(label, fg=_COLOURS[one.grade]) + rest)
    if found[WRONG]:
        context.exit(1)
