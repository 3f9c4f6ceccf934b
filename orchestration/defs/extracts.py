"""Extracts, one asset a source: delivered by others, or read by an extractor before the landing."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration.defs.failing import told
from orchestration.extract.lately import extractor_modules
from orchestration.settings import Company, SourceConfig

_READ_BY = {
    "stripe": "Reads Stripe with the restricted key in STRIPE_API_KEY into dated files.",
    "hubspot": "Reads HubSpot with the private app's token in HUBSPOT_ACCESS_TOKEN into dated files.",
}


def extract_key(source: SourceConfig) -> dg.AssetKey:
    """The asset of a source's folder."""
    return dg.AssetKey(["extracts", source.name])


def extract_assets(company: Company, reads_apis: bool) -> Sequence[dg.AssetSpec | dg.AssetsDefinition]:
    """The folder of each source. Where `reads_apis`, those with an extractor are read by an op each."""
    return [
        _extractor(company, source) if source.extractor and reads_apis else _spec(company, source)
        for source in company.sources
    ]


def _spec(company: Company, source: SourceConfig) -> dg.AssetSpec:
    said = f"Files of {source.name}, read with the mapping {source.mapping}."
    return dg.AssetSpec(
        extract_key(source),
        group_name="extracts",
        description=f"{_READ_BY[source.extractor]} {said}" if source.extractor else said,
        freshness_policy=_freshness(company),
        kinds={"file"},
        metadata={"folder": dg.MetadataValue.path(company.extracts / source.name)},
    )


def _freshness(company: Company) -> dg.FreshnessPolicy:
    """As the rule of the raw gate that warns of a source which nothing new came of."""
    return dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=company.quality.freshness_hours))


def _extractor(company: Company, source: SourceConfig) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=f"extract_{source.name}",
        specs=[_spec(company, source)],
        pool=f"extract_{source.extractor}",
        description=_READ_BY[str(source.extractor)],
    )
    def extract(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with told(context):
            client, run = extractor_modules()
            clock = client.Clock(now=lambda: datetime.now(UTC), sleep=time.sleep)
            api = run.SOURCES[str(source.extractor)](clock)
            day = run.extract(api, company.extracts / source.name, run.Wish(), clock, context.log.info)
        return dg.MaterializeResult(
            metadata={
                "records": sum(entry.records for entry in day.values()),
                "pages": sum(entry.pages for entry in day.values()),
                "files": sum(entry.file is not None for entry in day.values()),
            }
        )

    return extract
