"""`make cookbook`: builds the cookbook's company and writes what the queries of both its pages give."""

from pathlib import Path

import click
import duckdb

from tests.cookbook.page import PAGES, rewritten
from tests.equivalence.warehouses import COOKBOOK, company_of


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def main(folder: Path) -> None:
    """Build the company in FOLDER, which must not be there yet."""
    folder.mkdir(parents=True)
    company = company_of(folder, COOKBOOK)
    with duckdb.connect(str(company.build_file), read_only=True) as connection:
        for page in PAGES:
            page.write_text(rewritten(page.read_text(encoding="utf-8"), connection), encoding="utf-8")
            click.echo(f"{page} is up to date.")


if __name__ == "__main__":
    main()
