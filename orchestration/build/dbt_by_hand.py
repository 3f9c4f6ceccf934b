"""dbt as somebody calls it by hand, over a company's build file: it is given what a run would give it."""

import json
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from orchestration.build.dbt_call import call_dbt_by_hand, close_connections
from orchestration.build.manifest import parsed
from orchestration.build.own_models import own_project, parse_own
from orchestration.machine.duckdb_files import build_must_exist
from orchestration.machine.lock import exclusive
from orchestration.machine.project import PROJECT
from orchestration.settings import Company, dbt_environment, dbt_vars

# It reads what was written before, for as long as somebody looks at it.
_SERVES = ["docs", "serve"]


def dbt_by_hand(company: Company, as_of: datetime, arguments: list[str], variables: dict[str, Any]) -> int:
    """One command of dbt with the company's vars, `variables` over them; dbt's exit code.

    The project is ours, or the company's own with ours as its package. Raises ConfigurationError where no run
    has made a build file, RunLocked while one is under way.
    """
    build_must_exist(company)
    serves = arguments[:2] == _SERVES
    with nullcontext() if serves else exclusive(company.work / "run.lock"):
        manifest = parse_own(company) if company.models else parsed()
        try:
            return call_dbt_by_hand(
                [*arguments, "--vars", json.dumps(dbt_vars(company, as_of) | variables)],
                target=company.work / "dbt_by_hand",
                environment=dbt_environment(company),
                manifest=manifest,
                project=own_project(company) if company.models else PROJECT,
            )
        finally:
            close_connections()
