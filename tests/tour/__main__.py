"""`make tour`: writes what the tour's queries give on the demo company into docs/tour.md."""

from pathlib import Path

import click
import duckdb

from orchestration.settings import load_company
from tests.cookbook.page import rewritten
from tests.tour.page import PAGE


@click.command()
@click.argument("company", type=click.Path(path_type=Path, exists=True))
def main(company: Path) -> None:
    """Ask the build file of COMPANY, whose run has ended."""
    with duckdb.connect(str(load_company(company).build_file), read_only=True) as connection:
        PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8"), connection), encoding="utf-8")
    click.echo(f"{PAGE} is up to date.")


if __name__ == "__main__":
    main()
