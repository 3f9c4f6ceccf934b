"""The machine: rights, room on the disk, and whether another run is under way."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from orchestration.build.spark.demand import demand_engine
from orchestration.doctor.finding import OK, WARNING, WRONG, Finding
from orchestration.errors import ConfigurationError
from orchestration.machine.lock import held_by
from orchestration.settings import Company

# What a first run of a small company writes; nobody knows more before it.
_FIRST_RUN_BYTES = 500_000_000
_MB = 1_000_000


def rights(company: Company, now: datetime) -> Iterator[Finding]:
    """Whether the extracts can be read, and the warehouse written."""
    extracts, warehouse = company.extracts, _existing(company.warehouse)
    if extracts.is_dir() and not os.access(extracts, os.R_OK | os.X_OK):
        yield Finding(WRONG, "rights", f"{extracts} can't be read. Give whoever runs this the right to.")
    elif not warehouse.is_dir():
        yield Finding(WRONG, "rights", f"{warehouse} is no folder, and {company.warehouse} would lie in it.")
    elif closed := [one for one in (warehouse, company.work) if one.exists() and not _is_writable(one)]:
        yield Finding(
            WRONG, "rights", f"{closed[0]} can't be written to. Give whoever runs this the right to."
        )
    else:
        yield Finding(OK, "rights", "the extracts can be read, and the warehouse written to")


def disk(company: Company, now: datetime) -> Iterator[Finding]:
    """Whether there is room: at worst a run writes its build file anew, and a release beside the old."""
    free = shutil.disk_usage(_existing(company.warehouse)).free
    need = max(2 * _bytes_of(company.build_file) + 2 * _bytes_of(company.published_file), _FIRST_RUN_BYTES)
    told = f"{free / _MB:,.0f} MB are free, and a run may need {need / _MB:,.0f} MB"
    if free < need:
        yield Finding(WRONG, "disk", f"{told}. Make room on the disk of {company.warehouse}.")
    elif free < 2 * need:
        yield Finding(WARNING, "disk", f"{told}. Make room before it is full.")
    else:
        yield Finding(OK, "disk", told)


def lock(company: Company, now: datetime) -> Iterator[Finding]:
    """Whether another run is under way."""
    holder = held_by(company.work / "run.lock")
    yield (
        Finding(OK, "lock", "no run is under way")
        if holder is None
        else Finding(WARNING, "lock", f"{holder}. A run that is started now ends with exit code 1.")
    )


def engine(company: Company, now: datetime) -> Iterator[Finding]:
    """Whether what builds the models can be used."""
    try:
        demand_engine(company)
    except ConfigurationError as error:
        yield Finding(WRONG, "engine", str(error))
        return
    where = f"Spark at {company.spark.master} answers" if company.engine == "spark" and company.spark else ""
    yield Finding(OK, "engine", where or "the models are built here, by DuckDB")


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    return next(one for one in (path, *path.parents) if one.exists())


def _is_writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def _bytes_of(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
