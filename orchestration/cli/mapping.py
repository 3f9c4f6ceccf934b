"""`mapping`: check, draft and list mappings without touching a warehouse."""

import json
from pathlib import Path

import click


@click.group()
def mapping() -> None:
    """Check, draft and list mappings. Nothing is written anywhere."""


@mapping.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping", "name", required=True, help="A shipped mapping's name, or the path of a mapping file."
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict and the findings as JSON.")
@click.pass_context
def check(context: click.Context, file: Path, name: str, as_json: bool) -> None:
    """Run the whole reader on one FILE. Exit code 0: accepted, with or without warnings. 1: refused."""
    from orchestration.landing import check_file

    outcome = check_file(file, name)
    if as_json:
        click.echo(json.dumps(outcome.as_json(), ensure_ascii=False))
    else:
        click.echo(outcome.as_text())
    if not outcome.accepted:
        context.exit(1)


@mapping.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
def suggest(files: tuple[Path, ...]) -> None:
    """Draft one mapping for the FILEs of a source, or for the files of a folder.

    Usual names of columns in English and French are known, and dates, numbers and codes are read from the
    first rows. What the files leave open is a comment that begins with CHECK; a "?" has to be replaced before
    the mapping can be used. The draft goes to standard output:

    \b
      saas-metrics mapping suggest extracts/billing > billing.yml
    """
    from orchestration.landing import suggest_mapping

    draft = suggest_mapping(*files)
    click.echo(draft.text, nl=False)
    click.echo(draft.next_step, err=True)


@mapping.command("list")
def list_() -> None:
    """The mappings that ship with the product."""
    from orchestration.landing import list_mappings

    for name in list_mappings():
        click.echo(name)


@mapping.command()
def schema() -> None:
    """The JSON schema of a mapping file, for an editor to check against."""
    from orchestration.landing import mapping_schema

    click.echo(json.dumps(mapping_schema(), indent=2))
