"""Extracts, one asset a source, and the raw tables that landing them gives."""

from collections import Counter
from collections.abc import Iterator

import dagster as dg

from orchestration.landing.canonical import canonical_tables
from orchestration.run.steps import Run
from orchestration.settings import Company


def extract_specs(company: Company) -> list[dg.AssetSpec]:
    """The folders that extractors write to: nothing of ours makes them."""
    return [
        dg.AssetSpec(
            ["extracts", source.name],
            group_name="extracts",
            description=f"Files of {source.name}, read with the mapping {source.mapping}.",
            kinds={"file"},
        )
        for source in company.sources
    ]


def raw_key(table: str) -> dg.AssetKey:
    """The asset of a raw table, by the name of its canonical table."""
    return dg.AssetKey(["raw", table])


AUDIT_KEYS = (dg.AssetKey(["audit", "deliveries"]), dg.AssetKey(["audit", "rejects"]))
"""What landing writes beside raw: the files it read, and the rows it refused."""


def landing_assets(company: Company) -> dg.AssetsDefinition:
    """Every raw table, landed by one op: a delivery is whole or not at all."""
    specs = [
        dg.AssetSpec(
            raw_key(table),
            group_name="raw",
            description=f"Delivered {table}: canonical text, append only, with file and line.",
            deps=[spec.key for spec in extract_specs(company)],
            kinds={"duckdb"},
        )
        for table in canonical_tables()
    ] + [
        dg.AssetSpec(
            key,
            group_name="audit",
            description=f"The landing's own record: {key.path[-1]}.",
            deps=[spec.key for spec in extract_specs(company)],
            kinds={"duckdb"},
        )
        for key in AUDIT_KEYS
    ]

    @dg.multi_asset(name="land_extracts", specs=specs, pool="build_file")
    def land_extracts(run: dg.ResourceParam[Run]) -> Iterator[dg.MaterializeResult]:
        accepted: Counter[str | None] = Counter()
        for delivery in run.land():
            accepted[delivery.canonical_table] += delivery.rows_accepted
        for table in canonical_tables():
            yield dg.MaterializeResult(asset_key=raw_key(table), metadata={"new_rows": accepted[table]})
        for key in AUDIT_KEYS:
            yield dg.MaterializeResult(asset_key=key)

    return land_extracts
