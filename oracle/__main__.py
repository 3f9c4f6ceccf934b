"""`python -m oracle`: a company in canonical form, and the picture of the docs."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import click

from oracle.inputs import Policies, read_inputs
from oracle.ledger import Oracle
from oracle.picture import roll_forward_svg
from orchestration.errors import SaasMetricsError
from orchestration.synthetic.canonical import rows_known, write_canonical
from orchestration.synthetic.company import Company, simulate
from orchestration.synthetic.dials import SIZES
from orchestration.synthetic.events import Row


def oracle_of(company: Company, policies: Policies) -> Oracle:
    """The oracle over everything that is known of a company at its end."""
    tables: dict[str, list[Row]] = defaultdict(list)
    for events in company.lives():
        for table, rows in rows_known(events, company.end).items():
            tables[table] += rows
    return Oracle(read_inputs(tables), policies, company.end)


@click.group()
def main() -> None:
    """Write what the simulation knows."""


@main.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path), required=True)
@click.option("--size", type=click.Choice(list(SIZES)), default="small", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def canonical(folder: Path, size: str, seed: int) -> None:
    """A company in canonical form, one CSV a table."""
    write_canonical(simulate(size, seed, leaks=True), folder)


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--size", type=click.Choice(list(SIZES)), default="small", show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def picture(path: Path, size: str, seed: int) -> None:
    """The company's MRR roll-forward as SVG."""
    policies = Policies(reporting_currency="EUR", reporting_timezone="Europe/Paris")
    totals = oracle_of(simulate(size, seed), policies).totals()
    # The founding month would dwarf all others.
    months = [row for row in totals.values() if not row.is_partial][1:]
    path.write_text(roll_forward_svg(months, f"MRR of the {size} company, EUR"), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except SaasMetricsError as error:
        raise SystemExit(str(error)) from error
