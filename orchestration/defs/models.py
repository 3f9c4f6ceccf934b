"""The dbt project as one op of many assets, with its data tests as asset checks."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, build_dbt_asset_specs

from orchestration.errors import GateFailed
from orchestration.night import Night
from orchestration.transform import DECLARED_TESTS, NodeResult

_BUILT = ("model", "seed", "snapshot")


class _Translator(DagsterDbtTranslator):
    """Groups by room, and no per-model materialisation conditions: the night is one job."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> dg.AssetSpec:
        """The asset of a dbt node, in the group of its schema."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = (manifest["nodes"] | manifest["sources"])[unique_id]
        return spec.replace_attributes(
            key=dg.AssetKey([node["schema"], node["name"]]),
            group_name=node["schema"],
            owners=[],
            kinds={"dbt", "duckdb"},
            # Views and seeds that stand are not made anew.
            skippable=True,
        )


def dbt_assets(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """Every model and seed of the manifest, built by one `dbt build`."""
    specs = build_dbt_asset_specs(manifest=manifest, dagster_dbt_translator=_Translator())
    keys = {
        unique_id: _key(node)
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in _BUILT
    }
    checks = {
        unique_id: dg.AssetCheckSpec(
            name=node["name"], asset=keys[tested], description=node["description"] or None
        )
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name") not in DECLARED_TESTS
        and (tested := _tested_model(node, keys))
    }

    @dg.multi_asset(name="dbt_build", specs=specs, check_specs=list(checks.values()), pool="build_file")
    def dbt_build(night: dg.ResourceParam[Night]) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        failure: GateFailed | None = None
        finished: list[NodeResult] = []
        night.on_node = _both(night.on_node, finished.append)
        try:
            night.build()
        except GateFailed as error:
            failure = error
        for node in finished:
            if node.unique_id in checks:
                yield _check_result(checks[node.unique_id], node)
            elif node.unique_id in keys and not node.failed and node.status != "skipped":
                yield dg.MaterializeResult(asset_key=keys[node.unique_id], metadata={"seconds": node.seconds})
        if failure:
            raise failure

    return dbt_build


def _key(node: Mapping[str, Any]) -> dg.AssetKey:
    return dg.AssetKey([node["schema"], node["name"]])


def _tested_model(node: Mapping[str, Any], keys: Mapping[str, dg.AssetKey]) -> str | None:
    """The model a data test is shown beside: the one it is written under, else the last one it reads."""
    candidates = [node.get("attached_node"), *reversed(node["depends_on"]["nodes"])]
    return next((candidate for candidate in candidates if candidate in keys), None)


def _check_result(spec: dg.AssetCheckSpec, node: NodeResult) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=node.status == "pass",
        severity=dg.AssetCheckSeverity.ERROR if node.failed else dg.AssetCheckSeverity.WARN,
        metadata={"status": node.status, "message": node.message or ""},
    )


def _both(first: Any, second: Any) -> Any:
    def call(node: NodeResult) -> None:
        first(node)
        second(node)

    return call
