"""What leads a build on Spark: its session, and what is said when it is lost."""

import socket
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.errors import EngineFailed
from orchestration.settings import SparkSettings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SAME_ROWS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
}
"""Options of a session: every one is needed for the same rows as on DuckDB."""
_ANSWERS_SECONDS = 10


@dataclass
class Lead(ABC):
    """A running session. `said` is where Spark's own words are, as the end of a sentence."""

    session: "SparkSession"
    settings: SparkSettings
    said: str

    @property
    @abstractmethod
    def lost(self) -> str:
        """What became of it, as the beginning of a sentence; empty while it lives."""

    @property
    @abstractmethod
    def errors(self) -> tuple[type[Exception], ...]:
        """What a call raises, beside errors of queries, when it is gone."""

    def patience(self) -> AbstractContextManager[None]:
        """What ends a first query that waits for executors; by itself a session is watched all the time."""
        return nullcontext()

    def fail(self, what: str, mend: str) -> EngineFailed:
        """An error of this session."""
        return EngineFailed(
            f"{what}. Nothing was published, and what was published before is still in force. {mend} "
            f"What Spark said: {self.said}."
        )


def not_begun(settings: SparkSettings, error: Exception, said: str) -> EngineFailed:
    """An error of a session that there is none of."""
    return EngineFailed(
        f"Spark at {settings.master} could not begin: {str(error).splitlines()[0]}. Nothing was published. "
        f"What Spark said: {said}."
    )


def silence_of(host: str, port: int) -> str:
    """Why nobody takes a connection there; empty where somebody does."""
    try:
        socket.create_connection((host, port), timeout=_ANSWERS_SECONDS).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""
