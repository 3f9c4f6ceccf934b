"""The raw tables that landing the extracts gives, and the landing's own record."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from orchestration.defs.failing import told
from orchestration.landing import Delivery
from orchestration.landing.canonical import SNAPSHOTS, canonical_tables
from orchestration.run.steps import Run


def raw_key(table: str) -> dg.AssetKey:
    """The asset of a raw table, by the name of its canonical table."""
    return dg.AssetKey(["raw", table])


AUDIT: Mapping[str, str] = {
    "deliveries": "Every file that was read, with what became of it: one row per file and canonical table.",
    "rejects": "Every row that was refused, with its file, line and what to do: one row per finding.",
}
"""What landing writes beside raw."""
AUDIT_KEYS = tuple(dg.AssetKey(["audit", table]) for table in AUDIT)


def landing_assets(extracts: Sequence[dg.AssetKey], groups: Mapping[str, str]) -> dg.AssetsDefinition:
    """Every raw table, landed by one op: a delivery is whole or not at all. `groups` are by raw table."""
    specs = (
        [
            dg.AssetSpec(
                raw_key(table),
                group_name=groups[table],
                description=f"Delivered {table}: canonical text, append only, with file and line.",
                deps=extracts,
                kinds={"duckdb"},
            )
            for table in canonical_tables()
        ]
        + [
            dg.AssetSpec(
                raw_key(SNAPSHOTS),
                group_name="raw_lookups",
                description="When a source listed all it has: what a listing lacks was not there then.",
                deps=extracts,
                kinds={"duckdb"},
            )
        ]
        + [
            dg.AssetSpec(
                ["audit", table], group_name="audit", description=text, deps=extracts, kinds={"duckdb"}
            )
            for table, text in AUDIT.items()
        ]
    )

    @dg.multi_asset(
        name="land_extracts",
        specs=specs,
        pool="build_file",
        description="Reads what is new in the extracts, refuses what is wrong, appends the rest to raw.",
    )
    def land_extracts(
        context: dg.AssetExecutionContext, run: dg.ResourceParam[Run]
    ) -> Iterator[dg.MaterializeResult]:
        accepted: Counter[str | None] = Counter()
        with told(context, run):
            deliveries = run.land()
        for delivery in deliveries:
            accepted[delivery.canonical_table] += delivery.rows_accepted
        for delivered in _arrivals(deliveries):
            if delivered.asset_key in extracts:
                context.log_event(delivered)
        for table in canonical_tables():
            yield dg.MaterializeResult(asset_key=raw_key(table), metadata={"new rows": accepted[table]})
        yield dg.MaterializeResult(asset_key=raw_key(SNAPSHOTS))
        files = len({(delivery.source_name, delivery.file) for delivery in deliveries})
        yield dg.MaterializeResult(asset_key=AUDIT_KEYS[0], metadata={"new files": files})
        rejected = sum(delivery.rows_rejected for delivery in deliveries)
        yield dg.MaterializeResult(asset_key=AUDIT_KEYS[1], metadata={"new rows": rejected})

    return land_extracts


def _arrivals(deliveries: Sequence[Delivery]) -> Iterator[dg.AssetMaterialization]:
    """What each source brought: its folder is as fresh as that."""
    for source in sorted({delivery.source_name for delivery in deliveries}):
        own = [delivery for delivery in deliveries if delivery.source_name == source]
        yield dg.AssetMaterialization(
            ["extracts", source],
            metadata={
                "files": len({delivery.file for delivery in own}),
                "rows": sum(delivery.rows_accepted for delivery in own),
                "refused rows": sum(delivery.rows_rejected for delivery in own),
                "extracted at (UTC)": str(max(delivery.extracted_at for delivery in own)),
            },
        )
