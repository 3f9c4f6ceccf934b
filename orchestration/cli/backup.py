"""`backup` and `restore`: the second copy of what was delivered."""

from pathlib import Path

import click

from orchestration.cli.run import company_option, locked
from orchestration.machine.wording import counted
from orchestration.settings import default_company_path, load_company

_FOLDER = click.argument("folder", required=False, type=click.Path(path_type=Path))


@click.command()
@company_option
@_FOLDER
def backup(company_path: Path | None, folder: Path | None) -> None:
    """Write everything that was delivered, and who was forgotten, to a new folder below FOLDER.

    FOLDER is `backups` beside company.yml unless named; at best it is on another disk. The files are Parquet
    and JSON, for their owner alone, and any later version restores them.
    """
    from orchestration.backup.write import back_up, default_folder

    company = load_company(company_path or default_company_path())
    with locked(company):
        made, written = back_up(company, folder or default_folder(company))
    size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
    click.echo(
        f"Backed up: {counted(written.deliveries, 'delivery')}, "
        f"{counted(sum(written.rows.values()), 'row')}, {size / 1_000_000:.1f} MB at {made}"
    )


@click.command()
@company_option
@_FOLDER
@click.option("--replace", is_flag=True, help="Restore although the build file holds later deliveries.")
def restore(company_path: Path | None, folder: Path | None, replace: bool) -> None:
    """Make the build file anew from the backup FOLDER, or from the newest backup in it.

    Every hash is compared first. What is published stays; the next run loads what was delivered since the
    backup and still lies in the extracts, and builds every model anew.
    """
    from orchestration.backup.content import newest
    from orchestration.backup.restore import restore as restore_backup
    from orchestration.backup.write import default_folder
    from orchestration.machine.lock import exclusive

    company = load_company(company_path or default_company_path())
    named = folder or default_folder(company)
    if not company.warehouse.is_dir():
        # The lock makes the folder of a warehouse that is gone; where there is no backup nothing is touched.
        newest(named.resolve())
    with exclusive(company.work / "run.lock"):
        used, read = restore_backup(company, named, replace)
    click.echo(
        f"Restored: {counted(read.deliveries, 'delivery')}, "
        f"{counted(sum(read.rows.values()), 'row')}, from {used}"
    )
    click.echo("Run saas-metrics run: it loads what was delivered since, and publishes.")
