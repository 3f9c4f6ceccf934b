"""Minor units of currencies: ISO 4217, and where a billing API counts differently."""

from collections.abc import Mapping
from types import MappingProxyType

_EXPONENT_0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF TRL UGX UYI VND VUV XAF XOF XPF"
_EXPONENT_2 = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ "
    "GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD "
    "MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON "
    "RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS "
    "UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ANG CUC HRK SLL ZWL "
    "CYP EEK LTL LVL MTL ROL SIT SKK"
)
_EXPONENT_3 = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENT_4 = "CLF UYW"

ISO_4217: Mapping[str, int] = MappingProxyType(
    {
        code: exponent
        for exponent, codes in ((0, _EXPONENT_0), (2, _EXPONENT_2), (3, _EXPONENT_3), (4, _EXPONENT_4))
        for code in codes.split()
    }
)
"""Decimals of every currency; withdrawn codes that old invoices and exchange rates still carry are kept.

seeds/iso_4217.csv is the same list with names, for the models."""

STRIPE: Mapping[str, int] = MappingProxyType(dict(ISO_4217) | {"UGX": 2, "ISK": 2, "MGA": 0})
"""Stripe's API: UGX and ISK amounts carry two decimals, MGA amounts none."""

MINOR_UNITS: Mapping[str, Mapping[str, int]] = MappingProxyType({"iso": ISO_4217, "stripe": STRIPE})


def exponent_sql(currency: str, minor_units: str) -> str:
    """SQL for the decimals of the currency that the expression `currency` names (2 where it is unknown)."""
    table = MINOR_UNITS[minor_units]
    branches = []
    for exponent in (0, 3, 4):
        codes = ", ".join(f"'{code}'" for code, value in table.items() if value == exponent)
        branches.append(f"when {currency} in ({codes}) then {exponent}")
    return f"(case {' '.join(branches)} else 2 end)"


def known_sql(currency: str) -> str:
    """SQL for whether the expression `currency` is an ISO 4217 code."""
    return f"{currency} in ({', '.join(repr(code) for code in ISO_4217)})"
