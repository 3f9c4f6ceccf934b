"""`saas-metrics extract stripe | hubspot`: the only module of this package that prints."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from orchestration.extract.lately import extractor_modules


@click.group("extract")
def extract_commands() -> None:
    """Read a billing system or a CRM through its API into dated files for landing."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--objects", default="", help="Only these, separated by commas. Default: all."),
        click.option("--full", "is_full", is_flag=True, help="Everything again, not only what changed."),
        click.option(
            "--since",
            type=click.DateTime(["%Y-%m-%d"]),
            help="Changes since this day (UTC), not since the last run.",
        ),
        click.option(
            "--into",
            "folder",
            required=True,
            type=click.Path(file_okay=False, path_type=Path),
            help="The source's folder below the company's extracts.",
        ),
    ):
        command = option(command)
    return command


@extract_commands.command("stripe")
@_options
def extract_stripe(folder: Path, since: datetime | None, is_full: bool, objects: str) -> None:
    """Read Stripe with the restricted key in STRIPE_API_KEY."""
    _extract("stripe", folder, since, is_full, objects)


@extract_commands.command("hubspot")
@_options
def extract_hubspot(folder: Path, since: datetime | None, is_full: bool, objects: str) -> None:
    """Read HubSpot with the private app's token in HUBSPOT_ACCESS_TOKEN."""
    _extract("hubspot", folder, since, is_full, objects)


def _extract(system: str, folder: Path, since: datetime | None, is_full: bool, objects: str) -> None:
    client, run = extractor_modules()
    clock = client.Clock(now=lambda: datetime.now(UTC), sleep=time.sleep)
    names = tuple(name.strip() for name in objects.split(",") if name.strip())
    wish = run.Wish(names, since.replace(tzinfo=UTC) if since else None, is_full)
    run.extract(run.SOURCES[system](clock), folder, wish, clock, click.echo)
