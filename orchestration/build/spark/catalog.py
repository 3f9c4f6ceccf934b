"""The schemas of a run in Spark's catalog, and the files that it hands over as their tables."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from orchestration.build.manifest import read_manifest
from orchestration.build.spark.lead import Lead
from orchestration.build.spark.storage import own_name
from orchestration.settings import Company

WAREHOUSE = "warehouse"
"""The folder of a run in which each schema has one, `<schema>.db`, for the tables that Spark makes."""


@contextmanager
def catalog(company: Company, lead: Lead, files: Mapping[str, Path], folder: Path) -> Iterator[str]:
    """What stands before each schema's name, while the schemas and the tables of `files` are there.

    `files` are by `schema.name`, `folder` is for what Spark makes. All who use a Spark Connect server share
    its catalog, so there the schemas have this warehouse's name before theirs; they go with the run, and what
    a killed run left goes first.
    """
    from pyspark.errors import PySparkException

    models = {
        node["schema"] for node in read_manifest()["nodes"].values() if node["resource_type"] == "model"
    }
    schemas = sorted({*models, *(name.partition(".")[0] for name in files)})
    if not lead.settings.is_connect:
        _make(lead, "", schemas, files, folder)
        yield ""
        return
    prefix = f"{own_name(company).replace('-', '_')}_"
    _forget(lead, prefix, schemas)
    _make(lead, prefix, schemas, files, folder)
    try:
        yield prefix
    finally:
        with suppress(PySparkException, *lead.errors):
            _forget(lead, prefix, schemas)


def _make(lead: Lead, prefix: str, schemas: Collection[str], files: Mapping[str, Path], folder: Path) -> None:
    for schema in schemas:
        place = str(folder / f"{schema}.db").replace("\\", "\\\\").replace("'", "\\'")
        lead.session.sql(f"create database {prefix}{schema} location '{place}'")
    for name, file in files.items():
        lead.session.catalog.createTable(f"{prefix}{name}", path=str(file), source="parquet")


def _forget(lead: Lead, prefix: str, schemas: Collection[str]) -> None:
    for schema in schemas:
        lead.session.sql(f"drop database if exists {prefix}{schema} cascade")
