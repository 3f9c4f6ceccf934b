"""`init`: the first company.yml of a folder."""

import json
from pathlib import Path
from shlex import quote

import click

from orchestration.errors import ConfigurationError
from orchestration.settings import (
    SCHEMA_FILE,
    FirstSource,
    company_schema,
    first_company_file,
    first_sources,
    read_company,
)

_FILE = "company.yml"


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path), default=Path())
@click.option("--name", help="What the company is called. Default: the folder's name.")
@click.option(
    "--currency", default="EUR", show_default=True, help="The currency of all figures, an ISO 4217 code."
)
@click.option(
    "--timezone", default="UTC", show_default=True, help="Where its days begin, such as Europe/Paris."
)
@click.option("--schema", is_flag=True, help="Only print the JSON schema of company.yml; write nothing.")
def init(folder: Path, name: str | None, currency: str, timezone: str, schema: bool) -> None:
    """Write the first company.yml into FOLDER, with every setting as a comment.

    FOLDER is the working folder unless named, and is made where it is missing. A company.yml that is there
    stays as it is (exit code 2). Each folder below FOLDER/extracts becomes a source, with the shipped mapping
    that knows its files, where there is one.

    \b
      saas-metrics init --name acme --currency EUR --timezone Europe/Paris
    """
    if schema:
        click.echo(json.dumps(company_schema(), indent=1, ensure_ascii=False))
        return
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"{folder} is a file. Name the folder that company.yml is to lie in.")
    path = folder.resolve() / _FILE
    if path.exists():
        raise ConfigurationError(
            f"{path} is there already, and stays as it is. Change it, or name another folder."
        )
    sources = first_sources(path.parent / "extracts")
    text = first_company_file(name or path.parent.name or "company", currency, timezone, sources)
    company = read_company(text, path)
    for source in sources:
        (company.extracts / source.name).mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    if not (beside := path.with_name(SCHEMA_FILE)).exists():
        beside.write_text(json.dumps(company_schema(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    click.echo(f"Wrote {folder / _FILE}: {company.name}, in {currency}, days of {timezone}.")
    for source in sources:
        click.echo(f"  source {source.name}: {source.note or f'its files go into extracts/{source.name}'}")
    click.echo(_next(folder, path.parent, sources))


def _next(folder: Path, place: Path, sources: tuple[FirstSource, ...]) -> str:
    """The commands to go on with, from the folder of the company file."""
    steps = [] if place == Path.cwd() else [f"cd {quote(str(folder))}"]
    for source in sources:
        if source.is_drafted:
            steps.append(f"saas-metrics mapping suggest extracts/{source.name} > {source.name}.yml")
    steps.append("saas-metrics run")
    return "\n".join(["Next:", *(f"  {step}" for step in steps)])
