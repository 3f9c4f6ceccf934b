"""`docs`: one page about every table of the warehouse."""

from pathlib import Path

import click

from orchestration.cli.run import company_option
from orchestration.settings import default_company_path, load_company, parse_as_of


@click.command()
@company_option
@click.option(
    "--into",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("warehouse.html"),
    show_default=True,
    help="The page to write.",
)
def docs(company_path: Path | None, page: Path) -> None:
    """One offline page about every model of the warehouse: columns, tests, SQL and lineage.

    It is about the newest release, and needs no server.
    """
    from orchestration.build.dbt_docs import write_docs
    from orchestration.machine.duckdb_files import must_be_published
    from orchestration.publish.manifest import read_manifests

    company = load_company(company_path or default_company_path())
    must_be_published(company.published_file)
    write_docs(company, parse_as_of(read_manifests(company)[0].as_of), page)
    click.echo(f"Documentation: {page}")
