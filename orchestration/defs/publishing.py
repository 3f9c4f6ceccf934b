"""The published warehouse as an asset: its figures night by night, and where its pages lie."""

from collections.abc import Mapping, Sequence

import dagster as dg

from orchestration.defs.failing import told
from orchestration.publish.manifest import OPEN, ReleaseManifest, release_folder
from orchestration.run.figures import read_figures
from orchestration.run.pages.html import page_name
from orchestration.run.steps import Run
from orchestration.settings import Company

WAREHOUSE = dg.AssetKey(["published", "warehouse"])


def published_warehouse(
    company: Company, marts: Sequence[dg.AssetKey], freshness: dg.FreshnessPolicy
) -> dg.AssetsDefinition:
    """The last step of a run: what passed both gates takes the place of what is published."""

    @dg.asset(
        key=WAREHOUSE,
        deps=marts,
        group_name="published",
        kinds={"duckdb"},
        pool="build_file",
        freshness_policy=freshness,
        metadata={"path": dg.MetadataValue.path(company.published_file)},
        description="The file analysts read: marts and audit, swapped in whole. Its metadata plot a figure "
        "over the runs: MRR, customers, churn, NPS, rows, warnings, CPU seconds.",
    )
    def publish_warehouse(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[Run]
    ) -> dg.MaterializeResult:
        with told(context, run):
            release = run.publish()
        pages = {
            "board page": dg.MetadataValue.path(company.board_pages / page_name(run)),
            "morning page": dg.MetadataValue.path(company.morning_pages / page_name(run)),
            "quality page": dg.MetadataValue.path(company.pages / page_name(run)),
        }
        cpu_seconds = round(sum(time.cpu_seconds for time in run.times), 2)
        return dg.MaterializeResult(
            metadata={**figures_of(run.company, release), "CPU seconds": cpu_seconds, **pages}
        )

    return publish_warehouse


def figures_of(company: Company, release: ReleaseManifest) -> Mapping[str, float | int | str]:
    """What is told of a release that is kept; rates are 0 to 1."""
    found = read_figures(release_folder(company, release) / OPEN, company.limits)
    figures: dict[str, float | int | str] = {
        "release": release.release_id,
        "as of (UTC)": release.as_of,
        "rows": sum(release.row_counts.values()),
        "warnings": sum(gate["warnings"] for gate in release.gates.values()),
    }
    if found is not None:
        figures |= {"MRR": float(found.mrr), "customers": found.customers}
        figures |= {"customer churn rate": found.churn_rate} if found.churn_rate is not None else {}
        figures |= {"NPS": found.nps} if found.nps is not None else {}
    return figures
