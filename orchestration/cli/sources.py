"""`sources`: what is kept of each source; renaming one, erasing one, reading its files again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.cli.audit import print_rows
from orchestration.cli.run import company_option
from orchestration.errors import ConfigurationError, DataRefused
from orchestration.machine.wording import counted
from orchestration.settings import SOURCE_NAME, Company, default_company_path, load_company, parse_as_of

if TYPE_CHECKING:
    import duckdb

    from orchestration.landing import KeptSource


@click.group(invoke_without_command=True)
@company_option
@click.pass_context
def sources(context: click.Context, company_path: Path | None) -> None:
    """List the sources: whether their rows count, how many there are, and by which mapping they were read.

    A run builds only from the sources that company.yml names, by the mappings they have now.

    \b
    named               company.yml names it; its rows count
    waiting             company.yml names it, and nothing of it was accepted yet
    kept but not used   company.yml names it no longer; its rows count nowhere

    \b
    A source has another name now      saas-metrics sources rename OLD NEW
    A source is to be erased           saas-metrics sources drop NAME --yes
    Its files are to be read again     saas-metrics sources reread NAME

    A changed mapping needs no verb: the next run reads the files again by itself, as far as they still lie in
    the source's folder, and names those that do not.

    Exit codes: 0 done, 1 refused or another run is under way, 2 the call or the configuration is wrong. With
    1 and 2 nothing was changed.
    """
    context.obj = company_path
    if context.invoked_subcommand is None:
        _list(_company(context, None))


@sources.command()
@company_option
@click.argument("old")
@click.argument("new")
@click.pass_context
def rename(context: click.Context, company_path: Path | None, old: str, new: str) -> None:
    """Have the rows of OLD go on under the name NEW; nothing is read again and nothing doubles.

    Give the source its new name in company.yml and its folder of extracts too, before or after. Customers are
    called NEW:<id> from the next run on; kept releases stay as they were published. Whoever was forgotten
    stays so. Two sources that swap their names need three steps, the first to a name that is free.
    """
    from orchestration.landing.forgotten import read_forgotten, write_forgotten
    from orchestration.landing.kept_sources import check_renaming, references, rename_source

    company = _company(context, company_path)
    if not SOURCE_NAME.fullmatch(new):
        raise ConfigurationError(
            f"{new!r} can't be a source's name: write a letter, then letters, digits and _. Nothing was "
            "changed."
        )
    with _build(company) as connection:
        check_renaming(connection, old, new)
        # First: a renaming that is cut short here is said again, and the list then has it once.
        write_forgotten(company.warehouse, read_forgotten(company.warehouse).with_renamed(old, new))
        rows = rename_source(connection, old, new)
        named = references(connection, old)
    click.echo(f"{old} is {new} now: {counted(rows, 'row')}. The next run builds everything anew.")
    if new not in company.source_names:
        click.echo(f"{company.path} does not name {new} yet: until it does, its rows count nowhere.")
    if old in company.source_names:
        click.echo(f"{company.path} still names {old}: write {new} there.")
    if (company.extracts / old).is_dir() and not (company.extracts / new).is_dir():
        click.echo(f"Its files still lie in {company.extracts / old}: call that folder {new}.")
    if named:
        click.echo(f"These files call its customers {old}:<id>; write {new}:<id> there:")
        for source, file in named:
            click.echo(f"  {source}/{file}")


@sources.command()
@company_option
@click.argument("name")
@click.option(
    "--yes", is_flag=True, help="Erase them. Without it nothing is changed, and what would go is said."
)
@click.pass_context
def drop(context: click.Context, company_path: Path | None, name: str, yes: bool) -> None:
    """Erase the rows of NAME and the record of its deliveries.

    Take the source out of company.yml first, or the next run would take its files in again. Kept releases
    stay as they were published; your own files are not touched.
    """
    from orchestration.landing.kept_sources import drop_source

    company = _company(context, company_path)
    if name in company.source_names:
        raise ConfigurationError(
            f"{company.path} still names {name}, so the next run would take its files in again; nothing was "
            "changed. Take it out there first."
        )
    with _build(company) as connection:
        if not yes:
            kept = next((one for one in _kept(company, connection) if one.name == name), None)
            rows, deliveries = (kept.rows, kept.deliveries) if kept else (0, 0)
            raise ConfigurationError(
                f"{counted(rows, 'row')} of {counted(deliveries, 'delivery')} of {name} would be erased; "
                f"nothing was changed. To erase them: saas-metrics sources drop {name} --yes"
            )
        rows = drop_source(connection, name)
    click.echo(f"{name} is gone: {counted(rows, 'row')} erased. The next run builds everything anew.")


@sources.command()
@company_option
@click.argument("name")
@click.option("--as-of", help="When they were read again, such as 2025-07-01T00:00:00Z. Default: now.")
@click.pass_context
def reread(context: click.Context, company_path: Path | None, name: str, as_of: str | None) -> None:
    """Read all known files of NAME again by the mapping it has now, as far as they lie in its folder.

    What they gave before is replaced, under its own dates: a corrected mapping is no movement. Where a file
    is refused the former reading stays in force. New files are left to the next run.
    """
    from orchestration.landing import notices
    from orchestration.landing import reread as read_again
    from orchestration.landing.forgotten import read_forgotten

    company = _company(context, company_path)
    if name not in company.source_names:
        raise ConfigurationError(
            f"{company.path} names no source {name}; it names {', '.join(company.source_names)}."
        )
    with _build(company) as connection:
        forgotten = read_forgotten(company.warehouse)
        deliveries = read_again(connection, company, name, parse_as_of(as_of), forgotten)
        kept = [one for one in _kept(company, connection) if one.name == name]
    refused = sorted({one.file for one in deliveries if one.refused})
    if refused:
        raise DataRefused(
            f"{name}: {', '.join(refused)} refused; the former reading stays in force. Read why: "
            f"saas-metrics rejects --company {company.path}"
        )
    files = {(one.delivery_id, one.file) for one in deliveries}
    rows = sum(one.rows_accepted for one in deliveries)
    click.echo(f"{name}: read again, files: {len(files)}, rows: {rows:,}. The next run builds with them.")
    for notice in notices(kept, ()):
        click.echo(f"warning: {notice.text}", err=True)


def _company(context: click.Context, company_path: Path | None) -> Company:
    """The company named after the verb or after `sources`."""
    return load_company(company_path or context.obj or default_company_path())


@contextmanager
def _build(company: Company) -> "Iterator[duckdb.DuckDBPyConnection]":
    """The build file with its raw and audit tables, while no run is under way."""
    from orchestration.landing.canonical import create_audit_tables, create_raw_tables
    from orchestration.machine.duckdb_files import build_must_exist, open_build
    from orchestration.machine.lock import exclusive

    build_must_exist(company)
    with exclusive(company.work / "run.lock"), open_build(company) as connection:
        create_raw_tables(connection)
        create_audit_tables(connection)
        yield connection


def _kept(company: Company, connection: "duckdb.DuckDBPyConnection") -> "list[KeptSource]":
    from orchestration.landing import kept_sources, mapping_fingerprints

    return kept_sources(connection, mapping_fingerprints(company))


def _list(company: Company) -> None:
    if company.build_file.is_file():
        with _build(company) as connection:
            kept = _kept(company, connection)
    else:
        from orchestration.landing import KeptSource

        kept = [KeptSource(name, is_named=True) for name in company.source_names]
    print_rows(
        ("source", "state", "rows", "deliveries", "last extract (UTC)", "mapping"),
        [
            (one.name, one.state, one.rows, one.deliveries, one.last_extracted_at, one.mapping_state)
            for one in kept
        ],
    )
