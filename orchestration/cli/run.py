"""`run`, the run itself, and `demo`, a run over a made-up company."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from orchestration.errors import ConfigurationError
from orchestration.settings import (
    LOG_FORMATS,
    Company,
    accepting,
    default_company_path,
    limits,
    load_company,
    parse_as_of,
)
from orchestration.settings import log_format as log_format_of_environment

if TYPE_CHECKING:
    from orchestration.run.steps import Run

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
@click.option(
    "--log-format",
    type=click.Choice(LOG_FORMATS),
    help="json: a line a step on standard error, nothing else. Default: SAAS_METRICS_LOG_FORMAT, else text.",
)
def run(
    company_path: Path | None,
    as_of: str | None,
    full_refresh: bool,
    accepted_drops: tuple[str, ...],
    allow_as_of: bool,
    accepted_changes: tuple[str, ...],
    no_publish: bool,
    timings: bool,
    log_format: str | None,
) -> None:
    """One whole run: land the extracts, check them, build, check again, publish.

    Nothing is published unless every step succeeds; what was published before stays in force.
    The same extracts and --as-of give the same rows.
    """

    def load() -> Company:
        company = load_company(company_path or default_company_path())
        return accepting(company, accepted_drops, accepted_changes)

    asked = Asked(as_of, full_refresh, allow_as_of or as_of is None)
    if no_publish:
        run_apart(load(), as_of, timings)
    elif (log_format or log_format_of_environment()) == "json":
        _log_run(load, asked)
    else:
        run_company(load(), asked, timings)


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
    run_company(company, Asked(AS_OF, allow_as_of=True))


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


@dataclass(frozen=True)
class Asked:
    """What a run was asked to do."""

    as_of: str | None
    full_refresh: bool = False
    allow_as_of: bool = False


def run_company(company: Company, asked: Asked, timings: bool = False) -> None:
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

    with _under_lock(company, asked) as run:
        from orchestration.run.finish import finish

        with Progress(company) as progress:
            progress.step("start-up")
            run.on_step, run.on_node = progress.step, progress.node
            try:
                _whole(run)
            finally:
                show_notices(run)
                finished = finish(run)
                if finished and not run.release:
                    show_refused(run)
                    click.echo("\n".join(finished.told), err=True)
        show_warnings(run)
        show_changes(company)
        show_warehouse(company)
        if timings:
            show_times(run)
        if finished:
            click.echo("\n".join(finished.told))
            click.echo(f"Next: open the morning page, or ask for a figure: {_question(run)}")


def _question(run: "Run") -> str:
    """The command that explains MRR of the last whole month."""
    local = run.as_of.astimezone(ZoneInfo(run.company.reporting_timezone))
    month = local.date().replace(day=1) - timedelta(days=1)
    return f"saas-metrics explain mrr {month:%Y-%m} --company {quote(os.path.relpath(run.company.path))}"


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


def _log_run(load: Callable[[], Company], asked: Asked) -> None:
    """One run under the warehouse's lock, told in JSON lines."""
    from orchestration.cli.log import RunLog
    from orchestration.run.finish import finish

    log = RunLog()
    with log.errors():
        company = load()
        log.company = company.name
        with _under_lock(company, asked) as run:
            log.run = run
            run.on_step_end = log.step_ended
            try:
                _whole(run)
            finally:
                log.ended(finish(run))


@contextmanager
def _under_lock(company: Company, asked: Asked) -> "Iterator[Run]":
    """A run that holds the warehouse's lock, before its first step."""
    from orchestration.build.spark.demand import demand_engine
    from orchestration.closes.verify import demand_closed
    from orchestration.landing import demand_sources
    from orchestration.machine.lock import exclusive
    from orchestration.run.clock import refuse_odd_instant

    instant = parse_as_of(asked.as_of, company.schedule.as_of)
    # Before the lock makes a folder: where this is wrong nothing is touched.
    limits()
    demand_sources(company)
    demand_closed(company)
    demand_engine(company)
    with exclusive(company.work / "run.lock"):
        if not asked.allow_as_of:
            refuse_odd_instant(company, instant)
        from orchestration.run.steps import Run

        yield Run(company, instant, asked.full_refresh, began=_BEGAN)


def _whole(run: "Run") -> None:
    from orchestration.build.manifest import read_manifest
    from orchestration.defs.nightly import run_nightly

    run_nightly(run, read_manifest())
