"""Minor units of currencies: ISO 4217, and where a billing API counts differently."""

import csv
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from orchestration.machine.project import PROJECT

# Stripe's API: UGX and ISK amounts carry two decimals, MGA amounts none.
_STRIPE = MappingProxyType({"UGX": 2, "ISK": 2, "MGA": 0})


@cache
def iso_4217() -> Mapping[str, int]:
    """Decimals of every currency, those withdrawn that old invoices and rates still carry included.

    The models' seed is the one list; it has the names besides.
    """
    with (PROJECT / "seeds" / "iso_4217.csv").open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["currency"]: int(row["exponent"]) for row in csv.DictReader(file)})


def exponent_sql(currency: str, minor_units: str) -> str:
    """SQL for the decimals of the currency that the expression `currency` names (2 where it is unknown).

    `minor_units` says who counts: `iso` or `stripe`.
    """
    table = {**iso_4217(), **(_STRIPE if minor_units == "stripe" else {})}
    branches = []
    for exponent in (0, 3, 4):
        codes = ", ".join(f"'{code}'" for code, value in table.items() if value == exponent)
        branches.append(f"when {currency} in ({codes}) then {exponent}")
    return f"(case {' '.join(branches)} else 2 end)"


def known_sql(currency: str) -> str:
    """SQL for whether the expression `currency` is an ISO 4217 code."""
    return f"{currency} in ({', '.join(repr(code) for code in iso_4217())})"
