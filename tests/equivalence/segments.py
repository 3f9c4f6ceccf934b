"""The segments that belong to a customer, told from its row and its first movement."""

import csv
from collections import defaultdict
from decimal import Decimal

from oracle.inputs import RawRow
from orchestration.machine.project import PROJECT
from tests.equivalence.warehouses import SOURCE, Built

OWN = ("country", "sales_model", "acquisition_channel", "reseller", "currency")
SEGMENT_TYPES = ("all", *OWN, "cohort_year", "size_band")


def segments_of(built: Built) -> dict[str, dict[str, str]]:
    """Segment type to the value of each customer that ever had MRR."""
    with (PROJECT / "seeds" / "size_bands.csv").open(encoding="utf-8") as file:
        bands = list(csv.DictReader(file))
    everyone = _own_segments(built)
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for customer in built.oracle.days:
        firsts = built.oracle.movements(customer)[:1]
        if not firsts:
            continue
        for name in ("all", *OWN):
            found[name][customer] = everyone[name][customer]
        found["cohort_year"][customer] = str(firsts[0].on.year)
        found["size_band"][customer] = next(
            band["size_band"] for band in bands
            if Decimal(band["from_mrr"]) <= firsts[0].after < Decimal(band["below_mrr"] or "Infinity")
        )  # fmt: skip
    return found


def segments_of_everyone(built: Built) -> dict[str, dict[str, str]]:
    """The same of every customer there is; what comes with the first MRR is `unknown` without any."""
    found = _own_segments(built)
    payers = segments_of(built)
    for name in ("cohort_year", "size_band"):
        found[name] = {customer: payers[name].get(customer, "unknown") for customer in found["all"]}
    return found


def _own_segments(built: Built) -> dict[str, dict[str, str]]:
    accounts = {str(row["crm_account_id"]) for row in built.tables["crm_accounts"]}
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for customer, row in built.oracle.inputs.customers.items():
        found["all"][customer] = "all"
        for name in OWN:
            found[name][customer] = row[name] or "unknown" if name != "reseller" else _reseller(row, accounts)
    return found


def _reseller(row: RawRow, accounts: set[str]) -> str:
    """The reseller as identity resolves it: by the id of its CRM account where it has one."""
    named = row["reseller_id"]
    if not named:
        return "direct"
    return f"{SOURCE}:{named}" if named in accounts else str(named)
