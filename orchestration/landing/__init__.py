"""Landing: files of any system, checked byte by byte and value by value, into `raw`."""

from orchestration.landing.audit import Delivery
from orchestration.landing.checking import CheckReport, check_file, suggest_mapping
from orchestration.landing.deliveries import land
from orchestration.landing.mapping import list_mappings, mapping_schema

__all__ = [
    "CheckReport",
    "Delivery",
    "check_file",
    "land",
    "list_mappings",
    "mapping_schema",
    "suggest_mapping",
]
