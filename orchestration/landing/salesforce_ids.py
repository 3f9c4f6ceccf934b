"""Salesforce ids: 15 characters, case-sensitive, and 18 with a checksum of the capitals, are one id."""

from orchestration.machine.sql import literal

CRM_IDS = frozenset(
    {
        "crm_account_id",
        "contact_id",
        "lead_id",
        "deal_id",
        "converted_deal_id",
        "parent_id",
        "merged_id",
        "survivor_id",
    }
)
"""The columns that hold ids of a CRM, in whatever source."""

_SHORT = "(001|003|006|00Q)[A-Za-z0-9]{12}"
"""An account, a contact, an opportunity or a lead."""

_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def salesforce_id(text: str) -> str:
    """SQL for an identifier, a Salesforce id of 15 characters with the three that Salesforce adds to it.

    Each of the three stands for five characters: the number whose bits say which of them are capitals.
    """
    added = " || ".join(_letter(text, first) for first in (1, 6, 11))
    is_short = f"length({text}) = 15 and regexp_full_match({text}, {literal(_SHORT)})"
    return f"case when {is_short} then {text} || {added} else {text} end"


def _letter(text: str, first: int) -> str:
    bits = " + ".join(
        f"case when substr({text}, {first + place}, 1) between 'A' and 'Z' then {1 << place} else 0 end"
        for place in range(5)
    )
    return f"substr({literal(_CHECKSUM)}, 1 + {bits}, 1)"
