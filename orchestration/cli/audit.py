"""`deliveries` and `rejects`: what was loaded, and what was refused and how to mend it."""

import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from orchestration.cli.run import company_option
from orchestration.settings import default_company_path, load_company

_UNBOUNDED = 10_000
# A table of more columns than a few may be so many times as wide as the terminal, its cells folded.
_FEW_COLUMNS = 3
_MOST_FOLDED = 1.5
# Unicode's pictures of the control characters; a text of a file may hold a terminal's own commands.
_CONTROL = {code: chr(0x2400 + code) for code in range(32)} | dict.fromkeys(range(127, 160), "\u2421")


@click.command()
@company_option
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="So many, at most.")
def deliveries(company_path: Path | None, limit: int) -> None:
    """The files that were read, newest first, with what became of them."""
    _show(
        company_path,
        ("loaded_at", "source_name", "file", "canonical_table", "verdict", "rows_accepted", "rows_rejected"),
        "audit.deliveries order by loaded_at desc, source_name, file, canonical_table",
        limit,
    )


@click.command()
@company_option
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="So many, at most.")
def rejects(company_path: Path | None, limit: int) -> None:
    """The rows that were refused, newest first, each with a sentence that says how to mend it."""
    _show(
        company_path,
        ("loaded_at", "source_name", "file", "line", "column_name", "code", "value", "message"),
        "audit.rejects order by loaded_at desc, source_name, file, line, column_name",
        limit,
    )


def _show(company_path: Path | None, columns: tuple[str, ...], rows_of: str, limit: int) -> None:
    # The build file, not the published one: after a refusal only the build file knows of it.
    from orchestration.machine.duckdb_files import open_landed

    company = load_company(company_path or default_company_path())
    with open_landed(company) as connection:
        rows = connection.execute(f"select {', '.join(columns)} from {rows_of} limit ?", [limit]).fetchall()
        total = connection.execute(f"select count(*) from {rows_of.split()[0]}").fetchone()
    print_rows(columns, rows)
    if total and total[0] > len(rows):
        click.echo(f"{len(rows)} of {total[0]}; --limit shows more.")


def print_rows(columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """A table on a terminal, tab-separated lines elsewhere; what would steer a terminal is a sign.

    Where a terminal is too narrow for the table each row is a block of lines, a column on each.
    """
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        click.echo("\t".join(columns))
        for row in rows:
            click.echo("\t".join(shown(value) for value in row))
        return
    table = Table(*columns)
    listed = [tuple(map(shown, row)) for row in rows]
    for row in listed:
        table.add_row(*map(Text, row))
    needs = Measurement.get(console, console.options.update(width=_UNBOUNDED), table)
    is_unread = len(columns) > _FEW_COLUMNS and needs.maximum > _MOST_FOLDED * console.width
    if needs.minimum > console.width or is_unread:
        click.echo("\n\n".join(_block(columns, row, console.width) for row in listed))
    else:
        console.print(table)


def _block(columns: tuple[str, ...], row: tuple[str, ...], width: int) -> str:
    """The values of a row under each other, without the empty ones."""
    label = max(map(len, columns)) + 2
    lines = [f"{name:<{label}}{value}" for name, value in zip(columns, row, strict=True) if value]
    wide, indent = max(width, label + 20), " " * label
    return "\n".join(folded(line, wide, indent) for line in lines)


def folded(line: str, width: int, indent: str) -> str:
    """A line on as many as it needs; a path or command is not cut, so that it can be copied."""
    return textwrap.fill(
        line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def shown(value: Any) -> str:
    """A value as text, with a sign for each character that would steer a terminal."""
    return "" if value is None else str(value).translate(_CONTROL)
