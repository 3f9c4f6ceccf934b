"""The segments that belong to a customer, told from its row and its first movement."""

import csv
from collections import defaultdict
from decimal import Decimal

from orchestration.settings import PROJECT
from tests.equivalence.warehouses import Built

OWN = ("country", "sales_model", "acquisition_channel", "reseller", "currency")
SEGMENT_TYPES = ("all", *OWN, "cohort_year", "size_band")


def segments_of(built: Built) -> dict[str, dict[str, str]]:
    """Segment type to the value of each customer that ever had MRR."""
    with (PROJECT / "seeds" / "size_bands.csv").open(encoding="utf-8") as file:
        bands = list(csv.DictReader(file))
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for customer in built.oracle.days:
        firsts = built.oracle.movements(customer)[:1]
        if not firsts:
            continue
        row = built.oracle.inputs.customers[customer]
        for name in OWN:
            column = "reseller_id" if name == "reseller" else name
            found[name][customer] = row[column] or ("direct" if name == "reseller" else "unknown")
        found["all"][customer] = "all"
        found["cohort_year"][customer] = str(firsts[0].on.year)
        found["size_band"][customer] = next(
            band["size_band"] for band in bands
            if Decimal(band["from_mrr"]) <= firsts[0].after < Decimal(band["below_mrr"] or "Infinity")
        )  # fmt: skip
    return found
