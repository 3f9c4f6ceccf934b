"""A session of Spark, which dbt finds by itself, and the process that leads it, for one build."""

import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from orchestration.build.spark.catalog import WAREHOUSE
from orchestration.build.spark.lead import SAME_ROWS, Lead, not_begun
from orchestration.machine.disk import private_folder
from orchestration.settings import Company, SparkSettings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_LOOKED_AT_SECONDS = 2
_ENDS_SECONDS = 30
# Plans of queries that are over, which nobody looks at, would fill the memory of the process that leads.
_REMEMBERED = {
    "spark.sql.ui.retainedExecutions": "5",
    "spark.ui.retainedJobs": "20",
    "spark.ui.retainedStages": "20",
    "spark.ui.retainedTasks": "1000",
}


@dataclass
class Leading(Lead):
    """A session that a process of this run leads: whether it still has what it needs."""

    without_executors: Event = field(default_factory=Event)

    @property
    def has_executors(self) -> bool:
        """Whether somebody works for it; the process that leads counts where it works itself."""
        infos = self.session.sparkContext._jsc.sc().statusTracker().getExecutorInfos()
        leads_alone = self.settings.master.startswith("local") and "cluster" not in self.settings.master
        return len(infos) > (0 if leads_alone else 1)

    @property
    def lost(self) -> str:
        if self.without_executors.is_set():
            return (
                f"Spark at {self.settings.master} had no executor for {self.settings.wait_seconds} seconds "
                f"(each needs {self.settings.memory} of a worker's memory)"
            )
        try:
            stopped = self.session.sparkContext._jsc.sc().isStopped()
        # The process at the other end is gone.
        except self.errors:
            stopped = True
        return f"Spark at {self.settings.master} is gone: its session ended" if stopped else ""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        from py4j.protocol import Py4JError

        return (Py4JError, AttributeError, OSError)


@contextmanager
def leading(company: Company, settings: SparkSettings, folder: Path) -> Iterator[Lead]:
    """A session whose tables lie below `folder`. Raises EngineFailed where it can't begin."""
    with warnings.catch_warnings():
        # It warns of a pandas that no model uses.
        warnings.simplefilter("ignore", FutureWarning)
        from pyspark.errors import PySparkException

    log = private_folder(company.work / "spark") / "spark.log"
    os.environ["SPARK_HOME"] = str(Path(sys.modules["pyspark"].__file__ or "").parent)
    os.environ["SPARK_SCALA_VERSION"] = "2.13"
    with tempfile.TemporaryDirectory(dir=private_folder(company.work / "tmp")) as scratch:
        try:
            with _said_to(log):
                session = _begin(company, settings, folder, scratch)
        except (PySparkException, OSError) as error:
            _end()
            raise not_begun(settings, error, str(log)) from error
        lead = Leading(session, settings, str(log))
        done = Event()
        watch = Thread(target=_watch, args=(lead, done), daemon=True)
        watch.start()
        try:
            yield lead
        finally:
            done.set()
            watch.join()
            with suppress(*lead.errors):
                session.stop()
            _end()


def _begin(company: Company, settings: SparkSettings, folder: Path, scratch: str) -> "SparkSession":
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    # That of an earlier build of this process has ended; this one has a memory of its own.
    SparkContext._gateway = SparkContext._jvm = SparkContext._active_spark_context = None
    SparkSession._instantiatedSession = None
    chosen = {
        "spark.executor.memory": settings.memory,
        "spark.driver.memory": settings.driver_memory,
        "spark.sql.warehouse.dir": str(folder / WAREHOUSE),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.ui.enabled": "false",
        # It would be read as dbt's own output.
        "spark.ui.showConsoleProgress": "false",
        **({"spark.local.dir": scratch} if settings.master.startswith("local") else {}),
        **_REMEMBERED,
        **settings.options,
        **SAME_ROWS,
    }
    builder = SparkSession.builder.master(settings.master).appName(f"saas-metrics {company.name}")
    for name, value in chosen.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _end() -> None:
    """End the process that led.

    It stays the one that is known until the next build begins: a thread of dbt that goes on after a run was
    broken off would else begin another, on this machine alone.
    """
    from py4j.protocol import Py4JError
    from pyspark import SparkContext

    gateway: Any = SparkContext._gateway
    if gateway is None:
        return
    with suppress(Py4JError, OSError):
        gateway.shutdown()
    # It ends when nobody can write to it any more.
    with suppress(OSError):
        gateway.proc.stdin.close()
    try:
        gateway.proc.wait(_ENDS_SECONDS)
    except subprocess.TimeoutExpired:
        gateway.proc.kill()
        gateway.proc.wait()


def _watch(lead: Leading, done: Event) -> None:
    """End a session that has had no executor for too long: Spark itself would wait for ever."""
    alone = 0
    while not done.wait(_LOOKED_AT_SECONDS):
        try:
            alone = 0 if lead.has_executors else alone + _LOOKED_AT_SECONDS
        except lead.errors:
            return
        if alone >= lead.settings.wait_seconds:
            lead.without_executors.set()
            with suppress(*lead.errors):
                lead.session.sparkContext._jsc.sc().stop()
            return


@contextmanager
def _said_to(log: Path) -> Iterator[None]:
    """Whatever a process that is started meanwhile says goes into a file; it keeps it as it ends."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = {number: os.dup(number) for number in (1, 2)}
    with log.open("wb") as file:
        for number in kept:
            os.dup2(file.fileno(), number)
    try:
        yield
    finally:
        for number, before in kept.items():
            os.dup2(before, number)
            os.close(before)
