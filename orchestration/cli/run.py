"""`run`, the run itself, and `demo`, a run over a made-up company."""

import time
from pathlib import Path

import click

from orchestration.settings import Company, accepting, default_company_path, load_company, parse_as_of

_BEGAN = time.perf_counter()

company_option = click.option(
    "--company",
    "company_path",
    type=click.Path(path_type=Path),
    help="The company file. Default: SAAS_METRICS_COMPANY, else ./company.yml.",
)


@click.command()
@company_option
@click.option("--as-of", help="The run's only clock, such as 2025-07-01T00:00:00Z. Default: now.")
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
@click.option("--timings", is_flag=True, help="Print the CPU and wall seconds of every step.")
def run(
    company_path: Path | None,
    as_of: str | None,
    full_refresh: bool,
    accepted_drops: tuple[str, ...],
    allow_as_of: bool,
    accepted_changes: tuple[str, ...],
    timings: bool,
) -> None:
    """One whole run: land the extracts, check them, build, check again, publish.

    Nothing is published unless every step succeeds; what was published before stays in force.
    The same extracts and --as-of give the same rows.
    """
    company = load_company(company_path or default_company_path())
    company = accepting(company, accepted_drops, accepted_changes)
    run_company(company, as_of, full_refresh, timings, allow_as_of=allow_as_of or as_of is None)


@click.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path), default=Path("demo"), show_default=True)
@click.option("--size", type=click.Choice(["small", "medium", "large"]), default="small", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Another number, another company.")
def demo(folder: Path, size: str, seed: int) -> None:
    """Write the extracts of a made-up company, and run over them."""
    from orchestration.synthetic.demo import AS_OF, write_demo

    click.echo(f"Writing the extracts of a {size} company to {folder} ...")
    company = load_company(write_demo(folder, size, seed))
    run_company(company, AS_OF, full_refresh=False, timings=False, allow_as_of=True)


def run_company(
    company: Company, as_of: str | None, full_refresh: bool, timings: bool, allow_as_of: bool
) -> None:
    """One run under the warehouse's lock, shown on the terminal."""
    from orchestration.cli.display import (
        Progress,
        show_changes,
        show_notices,
        show_times,
        show_warehouse,
        show_warnings,
    )
    from orchestration.closes.verify import demand_closed
    from orchestration.machine.lock import exclusive
    from orchestration.run.clock import refuse_odd_instant

    instant = parse_as_of(as_of)
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
                finished = finish(run)
                if finished and not run.release:
                    click.echo("\n".join(finished.told), err=True)
        show_warnings(run)
        show_changes(company)
        show_warehouse(company)
        if timings:
            show_times(run)
        if finished:
            click.echo("\n".join(finished.told))
