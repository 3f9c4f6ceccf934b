"""dbt's own documentation of a company's warehouse: every model, its columns, tests and SQL, on one page."""

import json
import shutil
from datetime import datetime
from pathlib import Path

from orchestration.build.dbt_call import call_dbt, close_connections
from orchestration.build.scope import find_scope
from orchestration.machine.duckdb_files import build_must_exist
from orchestration.machine.lock import exclusive
from orchestration.settings import Company, dbt_environment, dbt_vars


def write_docs(company: Company, as_of: datetime, page: Path) -> None:
    """Write the page, which needs no server and no network; types and rows are those of the build file.

    Raises ConfigurationError where no run has made a build file, RunLocked while one is under way.
    """
    build_must_exist(company)
    target = company.work / "docs"
    with exclusive(company.work / "run.lock"):
        variables = dbt_vars(company, as_of) | find_scope(company, as_of, full_refresh=False).variables
        try:
            call_dbt(
                ["docs", "generate", "--static", "--vars", json.dumps(variables)],
                target=target,
                logs=target / "logs",
                environment=dbt_environment(company),
            )
        finally:
            close_connections()
    page.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(target / "static_index.html", page)
    shutil.rmtree(target)
