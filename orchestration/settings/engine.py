"""What builds the models: DuckDB in the run's own process, or a Spark that is there already."""

import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator
from pydantic.dataclasses import dataclass

from orchestration.settings.values import FROZEN, a_text, section, setting

Engine = Literal["duckdb", "spark"]

_MASTER = re.compile(
    r"local(\[(\d+|\*)\])?|local-cluster\[\d+,\d+,\d+\]|spark://[^/\s]+:\d+|yarn|k8s://\S+|sc://[^/\s:]+(:\d+)?(/\S*)?"
)
CONNECT = "sc://"
"""How the address of a Spark Connect server begins."""
_OPTION = re.compile(r"spark\.[A-Za-z0-9._\-]+")
OF_THE_RUN: Mapping[str, str] = {
    "spark.master": "the key master",
    "spark.executor.memory": "the key memory",
    "spark.driver.memory": "the key driver_memory",
    "spark.sql.session.timeZone": "a run, which needs UTC",
    "spark.sql.ansi.enabled": "a run, whose models are written for it",
    "spark.sql.decimalOperations.allowPrecisionLoss": "a run, which needs every digit",
    "spark.sql.warehouse.dir": "the key storage",
    "spark.sql.catalogImplementation": "a run, which has a catalog of its own",
}
"""Options of Spark that are no option here, each with what sets it."""


def _master(value: str) -> str:
    if value.startswith(CONNECT) and "token=" in value:
        raise ValueError(
            "a token is a secret; take it out of the address, and set the environment variable "
            "SPARK_CONNECT_AUTHENTICATE_TOKEN"
        )
    if not _MASTER.fullmatch(value):
        raise ValueError(
            f"{value!r} is no master of Spark; write one such as spark://spark.example.com:7077, "
            "sc://spark.example.com:15002, or local[4] for this machine alone"
        )
    return value


def _folder(value: object) -> object:
    if isinstance(value, str) and "://" in value:
        raise ValueError(
            f"{value!r} is an address; write a folder that this machine and every executor see under the "
            "same path, such as a network drive"
        )
    return value


def _options(value: dict[str, str]) -> dict[str, str]:
    for name in value:
        if name in OF_THE_RUN:
            raise ValueError(f"{name} is set by {OF_THE_RUN[name]}; take it out")
        if not _OPTION.fullmatch(name):
            raise ValueError(f"{name!r} is no option of Spark; their names begin with spark.")
    return value


@dataclass(frozen=True, config=FROZEN)
class SparkSettings:
    """The Spark that builds the models where `engine` is spark (docs/scaling.md)."""

    master: Annotated[
        str, AfterValidator(_master), BeforeValidator(a_text), setting("spark://spark.example.com:7077")
    ]
    """Where it answers: spark://host:port of a standalone cluster, sc://host:port of a Spark Connect server,
    or local[4] for four threads here."""
    storage: Annotated[Path, BeforeValidator(_folder), setting("/mnt/spark")]
    """A folder that this machine and every executor see under the same path, for what a run hands over and
    gets back; a relative path is beside company.yml."""
    memory: Annotated[str, setting("8g", "such as 512m or 8g", pattern=r"^[1-9][0-9]*[mg]$")] = "2g"
    """The memory of each executor; a Spark Connect server has its own."""
    driver_memory: Annotated[str, setting("4g", "such as 512m or 8g", pattern=r"^[1-9][0-9]*[mg]$")] = "3g"
    """The memory of the process here that leads the executors and plans the queries; with local[N] of all.
    A Spark Connect server has its own."""
    wait_seconds: Annotated[int, setting(600, "seconds", ge=1, le=86400)] = 120
    """How long, in seconds, a run waits while no executor is there, or no server; then it ends."""
    options: Annotated[
        dict[str, str],
        AfterValidator(_options),
        BeforeValidator(section),
        setting({"spark.cores.max": "16"}),
    ] = field(default_factory=dict)
    """Options of Spark itself, by their own names."""

    @property
    def is_connect(self) -> bool:
        """Whether a Spark Connect server leads, and not a process of the run's own."""
        return self.master.startswith(CONNECT)


def engine_problems(content: Mapping[str, Any]) -> list[str]:
    """What is wrong between the keys `engine` and `spark` of a file."""
    if content.get("engine") == "spark" and not content.get("spark"):
        return [
            "engine is spark, and the section spark is missing; write spark: {master: ..., storage: ...} "
            "(docs/scaling.md), or engine: duckdb"
        ]
    return []
