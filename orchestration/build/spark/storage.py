"""What a run and the executors hand each other: Parquet files in a folder of the run's own.

The rows of `raw` are personal data, so the folder goes when the run is over, however it ended; what a killed
run left goes when the next one begins.
"""

import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestration.errors import EngineFailed
from orchestration.machine.disk import private_folder, room_on
from orchestration.machine.duckdb_files import has_table, open_build
from orchestration.machine.sql import literal, quoted
from orchestration.machine.state import write_private
from orchestration.settings import Company

_NAME = "spark_folder"


@contextmanager
def run_folder(company: Company, storage: Path) -> Iterator[Path]:
    """An empty folder of this warehouse alone, below the storage."""
    folder = storage / own_name(company)
    with room_on(storage):
        shutil.rmtree(folder, ignore_errors=True)
        private_folder(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def own_name(company: Company) -> str:
    """A name of this warehouse alone, the same in each run; two machines may call theirs by one path."""
    path = company.work / _NAME
    if not path.is_file():
        write_private(path, f"saas-metrics-{uuid.uuid4().hex}")
    return path.read_text(encoding="utf-8")


def hand_over(company: Company, manifest: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """Write what the models read as Parquet: sources, seeds and the salt; the file of each by `schema.name`.

    `manifest` is dbt's, as JSON. Raises DiskFull where the storage has no room.
    """
    seeds = (node for node in manifest["nodes"].values() if node["resource_type"] == "seed")
    wanted = {(one["schema"], one["name"]) for one in (*manifest["sources"].values(), *seeds)}
    files: dict[str, Path] = {}
    with room_on(folder), open_build(company) as connection:
        for schema, name in sorted({*wanted, ("runs", "salt")}):
            if not has_table(connection, schema, name):
                continue
            file = folder / schema / f"{name}.parquet"
            file.parent.mkdir(exist_ok=True)
            connection.execute(
                f"copy {quoted(schema)}.{quoted(name)} to {literal(str(file))} (format parquet)"
            )
            files[f"{schema}.{name}"] = file
    return files


def demand_shared(company: Company, written: Path, rows: int) -> None:
    """Raise EngineFailed where rows that executors wrote are not found here.

    Spark takes a folder of an executor's own for the storage without a word, and what lies there is lost.
    """
    with open_build(company) as connection:
        found = 0
        if any(written.glob("*.parquet")):
            query = f"select count(*) from read_parquet({literal(f'{written}/*.parquet')})"
            ((found,),) = connection.execute(query).fetchall()
    if found != rows:
        raise EngineFailed(
            f"{written.parents[1]} is not one folder: executors wrote {rows} rows there, and {found} were "
            "found here. Mount the same folder on every worker (spark.storage), and run again. Nothing was "
            "published."
        )
