"""`releases` and `rollback`: which states of the warehouse are kept, and publishing one of them again."""

from pathlib import Path

import click

from orchestration.cli.audit import print_rows
from orchestration.cli.run import company_option, locked
from orchestration.settings import default_company_path, load_company


@click.command()
@company_option
def releases(company_path: Path | None) -> None:
    """The kept releases, newest first; the published one is marked, and past days that were built later."""
    from orchestration.publish.live import live_release
    from orchestration.publish.manifest import read_manifests

    company = load_company(company_path or default_company_path())
    live = live_release(company)
    print_rows(
        (
            "release",
            "as of (UTC)",
            "published at (UTC)",
            "rows",
            "warnings",
            "accepted",
            "sources",
            "published",
        ),
        [
            (
                manifest.release_id,
                manifest.as_of,
                manifest.published_at[:19],
                sum(manifest.row_counts.values()),
                sum(gate["warnings"] for gate in manifest.gates.values()),
                ", ".join(manifest.accepted_changes),
                ", ".join(manifest.sources),
                "yes" if manifest.release_id == live else "a past day" if manifest.is_past else "",
            )
            for manifest in read_manifests(company)
        ],
    )


@click.command()
@company_option
@click.argument("release", required=False)
def rollback(company_path: Path | None, release: str | None) -> None:
    """Publish a kept RELEASE again; without one, the release before the published one.

    Its files are verified by checksum first. The next run publishes anew from the extracts.
    """
    from orchestration.alerts.health import read_record, write_record
    from orchestration.publish.keep import roll_back

    company = load_company(company_path or default_company_path())
    with locked(company):
        restored = roll_back(company, release)
        # The dead man's file names the release in force.
        write_record(company, read_record(company))
    click.echo(
        f"Published again: {restored.release_id}, as of {restored.as_of} UTC, at {company.published_file}"
    )
    if restored.sources and tuple(restored.sources) != company.source_names:
        click.echo(
            f"It was built from the sources {', '.join(restored.sources)}; company.yml names "
            f"{', '.join(company.source_names)} now, and the next run builds from these."
        )
