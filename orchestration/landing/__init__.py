"""Landing: files of any system, checked byte by byte and value by value, into `raw`."""

from orchestration.landing.audit import Delivery
from orchestration.landing.checking import CheckReport, check_file
from orchestration.landing.deliveries import Landed, demand_sources, land, mapping_fingerprints, reread
from orchestration.landing.draft import Draft, suggest_mapping
from orchestration.landing.kept_sources import KeptSource, Notice, kept_sources, notices
from orchestration.landing.mapping import list_mappings, mapping_schema
from orchestration.landing.passed_over import passed_over

__all__ = [
    "CheckReport",
    "Delivery",
    "Draft",
    "KeptSource",
    "Landed",
    "Notice",
    "check_file",
    "demand_sources",
    "kept_sources",
    "land",
    "list_mappings",
    "mapping_fingerprints",
    "mapping_schema",
    "notices",
    "passed_over",
    "reread",
    "suggest_mapping",
]
