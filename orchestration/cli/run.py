"""`run`, the run itself, and `demo`, a run over a made-up company."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from shlex import quote
from zoneinfo import ZoneInfo

import click

from orchestration.errors import ConfigurationError
from orchestration.settings import Company, accepting, default_company_path, limits, load_company, parse_as_of

_BEGAN = time.perf_counter()

company_option = click.option(
    "--company",
    "company_path",
    type=click.Path(path_type=Path),
    help="The company file. Default: SAAS_METRICS_COMPANY, else ./company.yml.",
)


@click.command()
@company_option
@click.option(
    "--as-of",
    help="The run's only clock, such as 2025-07-01T00:00:00Z. Default: schedule.as_of, or now.",
)
@click.option(
    "--full-refresh",
    is_flag=True,
    help="Recompute every customer, not only those affected since the last run.",
)
@click.option(
    "--accept-drop",
    "accepted_drops",
    multiple=True,
    metavar="SOURCE",
    help="Accept that this source delivers far fewer rows than last time. May be repeated.",
)
@click.option(
    "--allow-as-of",
    is_flag=True,
    help="Accept an --as-of before the newest release or delivery, or ahead of this machine's clock.",
)
@click.option(
    "--accept-change",
    "accepted_changes",
    multiple=True,
    metavar="RULE",
    help="Let this run through this rule of the gates, which is recorded. May be repeated.",
)
@click.option(
    "--no-publish",
    is_flag=True,
    help="With --as-of: what that instant would have said, in a file of its own; what is published stays.",
)
@click.option("--timings", is_flag=True, help="Print the CPU and wall seconds of every step.")
def run(
    company_path: Path | None,
    as_of: str | None,
    full_refresh: bool,
    accepted_drops: tuple[str, ...],
    allow_as_of: bool,
    accepted_changes: tuple[str, ...],
    no_publish: bool,
    timings: bool,
) -> None:
    """One whole run: land the extracts, check them, build, check again, publish.

    Nothing is published unless every step succeeds; what was published before stays in force.
    The same extracts and --as-of give the same rows.
    """
    company = load_company(company_path or default_company_path())
    company = accepting(company, accepted_drops, accepted_changes)
    if no_publish:
        run_apart(company, as_of, timings)
    else:
        run_company(company, as_of, full_refresh, timings, allow_as_of=allow_as_of or as_of is None)


@click.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="The folder to write it to.",
)
@click.option(
    "--size",
    type=click.Choice(["small", "medium", "large"]),
    default="small",
    show_default=True,
    help="200, 5,000 or 250,000 customers.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another number, another company.")
def demo(folder: Path, size: str, seed: int) -> None:
    """Write the extracts of a made-up company, and run over them."""
    from orchestration.synthetic.demo import AS_OF, write_demo

    click.echo(f"Writing the extracts of a {size} company to {folder} ...")
    company = load_company(write_demo(folder, size, seed))
    run_company(company, AS_OF, full_refresh=False, timings=False, allow_as_of=True)


@contextmanager
def locked(company: Company) -> Iterator[None]:
    """The lock of a warehouse, for a verb that needs what a run has left there.

    Raises ConfigurationError where no run was: the lock would make the folder.
    """
    from orchestration.machine.lock import exclusive

    if not company.warehouse.is_dir():
        raise ConfigurationError(f"{company.warehouse} does not exist yet. Run saas-metrics run first.")
    with exclusive(company.work / "run.lock"):
        yield


def run_company(
    company: Company, as_of: str | None, full_refresh: bool, timings: bool, allow_as_of: bool
) -> None:
    """One run under the warehouse's lock, shown on the terminal."""
    from orchestration.cli.display import (
        Progress,
        show_changes,
        show_notices,
        show_refused,
        show_times,
        show_warehouse,
        show_warnings,
    )
    from orchestration.closes.verify import demand_closed
    from orchestration.landing import demand_sources
    from orchestration.machine.lock import exclusive
    from orchestration.run.clock import refuse_odd_instant

    instant = parse_as_of(as_of, company.schedule.as_of)
    # Before the lock makes a folder: where this is wrong nothing is touched.
    limits()
    demand_sources(company)
    demand_closed(company)
    with exclusive(company.work / "run.lock"):
        if not allow_as_of:
            refuse_odd_instant(company, instant)
        from orchestration.build.manifest import read_manifest
        from orchestration.defs.nightly import run_nightly
        from orchestration.run.finish import finish
        from orchestration.run.steps import Run

        with Progress(company) as progress:
            progress.step("start-up")
            run = Run(
                company, instant, full_refresh, on_step=progress.step, on_node=progress.node, began=_BEGAN
            )
            try:
                run_nightly(run, read_manifest())
            finally:
                show_notices(run)
                pages = finish(run)
                if pages and not run.release:
                    show_refused(run)
                    click.echo("\n".join(pages.told), err=True)
        show_warnings(run)
        show_changes(company)
        show_warehouse(company)
        if timings:
            show_times(run)
        if pages:
            click.echo("\n".join(pages.told))
            click.echo(f"Next: open the morning page, or ask for a figure: {_question(company, instant)}")


def _question(company: Company, as_of: datetime) -> str:
    """The command that explains MRR of the last whole month."""
    local = as_of.astimezone(ZoneInfo(company.reporting_timezone))
    month = local.date().replace(day=1) - timedelta(days=1)
    return f"saas-metrics explain mrr {month:%Y-%m} --company {quote(os.path.relpath(company.path))}"


def run_apart(company: Company, as_of: str | None, timings: bool) -> None:
    """What an instant would have said, built in a folder of its own and shown on the terminal."""
    from orchestration.cli.display import Progress, show_months, show_notices, show_times, show_warnings
    from orchestration.run.past import apart, build_apart
    from orchestration.run.steps import Run

    if as_of is None:
        raise click.UsageError("--no-publish asks what an instant would have said: name it with --as-of.")
    own = apart(company, parse_as_of(as_of))
    with Progress(company) as progress:
        progress.step("start-up")
        run = Run(own, parse_as_of(as_of), True, on_step=progress.step, on_node=progress.node, began=_BEGAN)
        try:
            pages = build_apart(run, company)
        finally:
            show_notices(run)
    show_warnings(run)
    show_months(own)
    click.echo(f"Not published; as of {run.as_of:%Y-%m-%d %H:%M} UTC: {own.published_file}")
    if timings:
        show_times(run)
    if pages:
        click.echo("\n".join(pages.told))
