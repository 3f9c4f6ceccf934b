"""What the environment says: the one place where it is read."""

import os
from pathlib import Path

from orchestration.errors import ConfigurationError
from orchestration.machine.limits import Limits

LOG_FORMATS = ("text", "json")


def limits() -> Limits:
    """SAAS_METRICS_MEMORY_LIMIT and SAAS_METRICS_THREADS, or the defaults."""
    threads = os.environ.get("SAAS_METRICS_THREADS", str(Limits.threads))
    if not threads.isdigit() or threads == "0":
        raise ConfigurationError(f"SAAS_METRICS_THREADS is {threads!r}; write a whole number from 1.")
    memory_limit = os.environ.get("SAAS_METRICS_MEMORY_LIMIT", Limits.memory_limit)
    return Limits(memory_limit=memory_limit, threads=int(threads))


def dagster_home() -> Path | None:
    """DAGSTER_HOME, or None. Raises ConfigurationError where it is not a path from the root."""
    said = os.environ.get("DAGSTER_HOME", "")
    if said and not Path(said).is_absolute():
        raise ConfigurationError(f"DAGSTER_HOME is {said!r}; write the whole path of a folder.")
    return Path(said) if said else None


def java_home() -> Path | None:
    """JAVA_HOME, or None: which Java Spark is started with."""
    said = os.environ.get("JAVA_HOME")
    return Path(said) if said else None


def with_dagster(company_path: Path, home: Path) -> dict[str, str]:
    """The environment of a Dagster that serves one company."""
    named = {"SAAS_METRICS_COMPANY": str(company_path), "DAGSTER_HOME": str(home)}
    return {**os.environ, "DO_NOT_TRACK": "1", **named}


def log_format() -> str:
    """SAAS_METRICS_LOG_FORMAT: how a run tells what it does, `text` for a person, `json` for a collector."""
    said = os.environ.get("SAAS_METRICS_LOG_FORMAT", LOG_FORMATS[0])
    if said not in LOG_FORMATS:
        raise ConfigurationError(f"SAAS_METRICS_LOG_FORMAT is {said!r}; write {' or '.join(LOG_FORMATS)}.")
    return said


def default_company_path() -> Path:
    """SAAS_METRICS_COMPANY, else company.yml of the working directory.

    Raises ConfigurationError where there is neither: no other company may answer for the one that is meant.
    """
    if named := os.environ.get("SAAS_METRICS_COMPANY"):
        return Path(named)
    here = Path.cwd() / "company.yml"
    if not here.is_file():
        raise ConfigurationError(
            f"{here} does not exist, so no company is named. Go to the folder of your company.yml, give its "
            "path with --company, or set SAAS_METRICS_COMPANY."
        )
    return here
