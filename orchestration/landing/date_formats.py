"""The formats of dates and times that a mapping may name, and the texts that each describes."""

import re

ZONE = (
    "(?:[Zz]|(?:UTC|GMT)? ?[+-](?:1[0-4]|0?[0-9])(?::?[0-5][0-9])?|[A-Z]{3,5}|[A-Za-z]+(?:/[A-Za-z0-9_+-]+)+)"
)
"""A time zone in a text: `Z`, `+0200`, `GMT+2`, `CEST` or `Europe/Paris`."""
FORMAT_PARTS = {
    "%Y": "[0-9]{4}",
    "%m": "[0-9]{2}",
    "%d": "[0-9]{2}",
    "%H": "[0-9]{2}",
    "%M": "[0-9]{2}",
    "%S": "[0-9]{2}",
    "%-m": "[0-9]{1,2}",
    "%-d": "[0-9]{1,2}",
    "%-H": "[0-9]{1,2}",
    "%-I": "[0-9]{1,2}",
    "%I": "[0-9]{2}",
    "%p": "[AaPp][Mm]",
    "%b": "[A-Za-z]{3}",
    "%B": "[A-Za-z]+",
    "%f": "[0-9]{1,6}",
    "%y": "[0-9]{2}",
    "%a": "[A-Za-z]{3}",
    "%A": "[A-Za-z]+",
    "%z": ZONE,
    "%Z": ZONE,
}


def format_guard(layout: str) -> str | None:
    """A regular expression for the texts that a date format describes; None for an unknown directive."""
    guard = ""
    for part in re.findall(r"%-?[A-Za-z]|[^%]|%", layout):
        if part.startswith("%") and part not in FORMAT_PARTS:
            return None
        guard += FORMAT_PARTS.get(part) or re.escape(part)
    return guard
