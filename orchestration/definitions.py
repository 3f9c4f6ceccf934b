"""What Dagster loads: `dagster dev -m orchestration.definitions`."""

import dagster as dg

from orchestration.build.manifest import read_manifest
from orchestration.defs.nightly import build_definitions
from orchestration.defs.watching import watching
from orchestration.settings import default_company_path, load_company


@dg.definitions
def definitions() -> dg.Definitions:
    """The definitions of the company of SAAS_METRICS_COMPANY, else of company.yml in the working folder."""
    company = load_company(default_company_path())
    return dg.Definitions.merge(build_definitions(company, read_manifest()), watching(company))
