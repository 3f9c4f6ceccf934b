"""The dbt project as one op of many assets."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg

from orchestration.defs.failing import failure_of, told
from orchestration.defs.groups import group_of
from orchestration.errors import GateFailed
from orchestration.machine.duckdb_files import open_build
from orchestration.quality.verdicts import demand_passed
from orchestration.run.steps import Run

_BUILT = ("model", "seed", "snapshot")


def dbt_assets(manifest: Mapping[str, Any]) -> tuple[list[dg.AssetSpec], dg.AssetsDefinition]:
    """Every view of the manifest, and every table and seed: these are built by one run of dbt.

    A view materialises nothing, so it is a node of the graph, no output of a run. Dagster looks up when each
    output was last materialised, and for all views that took a tenth of a run's CPU time.
    """
    nodes = {one: node for one, node in manifest["nodes"].items() if node["resource_type"] in _BUILT}
    keys = {one: _key(node) for one, node in nodes.items() if _is_stored(node)}
    specs = {one: _spec(node, manifest) for one, node in nodes.items()}
    stored = [specs.pop(one) for one in keys]
    reads = {one: _read_by(node) for one, node in nodes.items()}
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


def _spec(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> dg.AssetSpec:
    """The asset of a dbt node, in the group of its layer and folder, with the columns that it declares."""
    read = [manifest["nodes"].get(one) or manifest["sources"][one] for one in _read_by(node)]
    columns = [
        dg.TableColumn(column["name"], column["data_type"] or "", column["description"] or None)
        for column in node["columns"].values()
    ]
    return dg.AssetSpec(
        _key(node),
        deps=[_key(one) for one in read],
        group_name=group_of(node),
        description=" ".join(node["description"].split()),
        code_version=node["checksum"]["checksum"],
        metadata={"dagster/column_schema": dg.TableSchema(columns)} if columns else {},
        kinds={"dbt", "duckdb"},
        # Seeds that stand are not made anew.
        skippable=True,
    )


def _read_by(node: Mapping[str, Any]) -> Sequence[str]:
    """The ids of the models, seeds and sources that a node reads; a seed reads none."""
    read: Sequence[str] = node.get("depends_on", {}).get("nodes", [])
    return read


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
    return bool(node["config"]["materialized"] != "view")


def _key(node: Mapping[str, Any]) -> dg.AssetKey:
    return dg.AssetKey([node["schema"], node["name"]])
