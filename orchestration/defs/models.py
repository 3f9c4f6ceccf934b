"""The dbt project as one op of many assets."""

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, build_dbt_asset_specs

from orchestration.defs.failing import failure_of, told
from orchestration.defs.groups import group_of
from orchestration.errors import GateFailed
from orchestration.machine.duckdb_files import open_build
from orchestration.quality.verdicts import demand_passed
from orchestration.run.steps import Run

_BUILT = ("model", "seed", "snapshot")


class _Translator(DagsterDbtTranslator):
    """Groups by layer and room, and no per-model materialisation conditions: the run is one job."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> dg.AssetSpec:
        """The asset of a dbt node, in the group of its layer and folder."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = (manifest["nodes"] | manifest["sources"])[unique_id]
        return spec.replace_attributes(
            key=dg.AssetKey([node["schema"], node["name"]]),
            group_name=group_of(node),
            # Without the SQL that dagster-dbt puts behind it: it is in the file.
            description=" ".join(node["description"].split()),
            owners=[],
            kinds={"dbt", "duckdb"},
            # Seeds that stand are not made anew.
            skippable=True,
        )


def dbt_assets(manifest: Mapping[str, Any]) -> tuple[list[dg.AssetSpec], dg.AssetsDefinition]:
    """Every view of the manifest, and every table and seed: these are built by one run of dbt.

    A view materialises nothing, so it is a node of the graph, no output of a run. Dagster looks up when each
    output was last materialised, and for all views that took a tenth of a run's CPU time.
    """
    specs = {
        spec.key: spec
        for spec in build_dbt_asset_specs(manifest=manifest, dagster_dbt_translator=_Translator())
    }
    keys = {unique_id: _key(node) for unique_id, node in manifest["nodes"].items() if _is_stored(node)}
    stored = [specs.pop(key) for key in keys.values()]
    reads = {one: node.get("depends_on", {}).get("nodes", []) for one, node in manifest["nodes"].items()}
    # Dagster wants a result behind those of all that it reads.
    in_order = [(one, keys[one]) for one in TopologicalSorter(reads).static_order() if one in keys]

    @dg.multi_asset(
        name="dbt_build",
        specs=stored,
        pool="build_file",
        description="One run of dbt over every model and seed, of the customers who are affected.",
    )
    def dbt_build(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[Run]
    ) -> Iterator[dg.MaterializeResult]:
        failure: GateFailed | None = None
        with told(context, run):
            with open_build(run.company) as connection:
                demand_passed(connection, "raw")
            try:
                run.build()
            except GateFailed as error:
                # Raised below, behind the tables that were built.
                failure = error
        built = {node.unique_id: node for node in run.nodes if not node.failed and node.status != "skipped"}
        for unique_id, key in in_order:
            if unique_id in built:
                yield dg.MaterializeResult(asset_key=key, metadata={"seconds": built[unique_id].seconds})
            elif failure is None and key.path[0] == "marts":
                # It stands as the last build made it. Without a result Dagster would skip whatever reads it.
                yield dg.MaterializeResult(asset_key=key, metadata={"stands": True})
        if failure is not None:
            raise failure_of(failure, run)

    return [*specs.values(), *_other_sources(manifest)], dbt_build


def _other_sources(manifest: Mapping[str, Any]) -> list[dg.AssetSpec]:
    """What models read that a run writes beside its assets: what was published and what was closed before."""
    return [
        dg.AssetSpec(
            [source["schema"], source["name"]],
            group_name=source["schema"],
            description=" ".join(source["description"].split()),
            kinds={"duckdb"},
        )
        for source in manifest["sources"].values()
        if source["schema"] == "reported" or source["name"].startswith("published_")
    ]


def _is_stored(node: Mapping[str, Any]) -> bool:
    return node["resource_type"] in _BUILT and node["config"]["materialized"] != "view"


def _key(node: Mapping[str, Any]) -> dg.AssetKey:
    return dg.AssetKey([node["schema"], node["name"]])
