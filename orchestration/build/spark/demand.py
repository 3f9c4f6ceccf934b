"""Whether Spark can be used at all, asked before a run touches anything."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from orchestration.build.spark.connect import silence
from orchestration.build.spark.lead import silence_of
from orchestration.errors import ConfigurationError
from orchestration.settings import Company, SparkSettings, java_home

_PACKAGES = ("pyspark", "dbt.adapters.spark")
_CONNECT_PACKAGES = ("pyarrow", "grpc_status")
_LEAST_JAVA = 17
_STANDALONE = "spark://"


def demand_engine(company: Company) -> None:
    """Raise ConfigurationError where the company's models are built by Spark and something is missing.

    The packages, Java, the storage and the master are asked for, in this order. Where a Spark Connect server
    leads, no Java is needed here.
    """
    if company.engine == "duckdb" or company.spark is None:
        return
    _demand_packages(company, (*_PACKAGES, *(_CONNECT_PACKAGES if company.spark.is_connect else ())))
    if not company.spark.is_connect:
        demand_java()
    demand_storage(company.spark.storage)
    demand_master(company.spark)


def _demand_packages(company: Company, wanted: Sequence[str]) -> None:
    missing = [name for name in wanted if not _is_there(name)]
    if missing:
        raise ConfigurationError(
            f"{company.path} says engine: spark, and {missing[0]} is not installed. Install it beside "
            "saas-metrics (pip install 'saas-metrics[spark]'), or write engine: duckdb."
        )


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def demand_java() -> None:
    """Raise ConfigurationError where no Java is found that Spark takes."""
    home = java_home()
    java = str(home / "bin" / "java") if home else shutil.which("java")
    mend = f"Install Java {_LEAST_JAVA} or later, or set JAVA_HOME to yours."
    if not java or not Path(java).is_file():
        raise ConfigurationError(f"Spark needs Java, and {java or 'none'} was found. {mend}")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if not found or int(found[1]) < _LEAST_JAVA:
        raise ConfigurationError(
            f"{java} is not a Java that Spark takes ({(said.splitlines() or ['it says nothing'])[0]}). {mend}"
        )


def demand_storage(storage: Path) -> None:
    """Raise ConfigurationError where the storage is no folder, or can't be written to."""
    mend = "It has to be a folder that this machine and every executor see, and may write to."
    if not storage.is_dir():
        raise ConfigurationError(f"spark.storage {storage} is no folder here. {mend}")
    try:
        with tempfile.TemporaryFile(dir=storage):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"spark.storage {storage} can't be written to: {error.strerror}. {mend}"
        ) from error


def demand_master(settings: SparkSettings) -> None:
    """Raise ConfigurationError where none of a standalone cluster's masters answers, or no Connect server.

    Other kinds of masters Spark finds by itself.
    """
    if settings.is_connect and (said := silence(settings)):
        raise ConfigurationError(
            f"spark.master {settings.master} does not answer ({said}). Start the Spark Connect server, or "
            "write the address and the port (15002 where none is said) that it listens at."
        )
    if not settings.master.startswith(_STANDALONE):
        return
    for place in settings.master.removeprefix(_STANDALONE).split(","):
        host, _, port = place.rpartition(":")
        if not (said := silence_of(host, int(port))):
            return
    raise ConfigurationError(
        f"spark.master {settings.master} does not answer ({said}). Start the cluster, or write the address "
        "that its master's own page names."
    )
