"""What landing can say about a file: the codes, how grave each is, and the sentence a person reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType


class Verdict(IntEnum):
    """How a file ends, in order of gravity."""

    ACCEPT = 0
    WARN = 1
    QUARANTINE = 2
    REJECT_FILE = 3

    @property
    def word(self) -> str:
        """The verdict as it is written in `audit.deliveries`."""
        return self.name.lower()


# F file, S schema, R row, V value, W warning, D delivery. docs/adding-a-source.md explains each;
# a test keeps the two lists the same.
CODES: Mapping[str, tuple[Verdict, str]] = MappingProxyType(
    {
        "F01": (Verdict.REJECT_FILE, "the file is empty"),
        "F02": (Verdict.REJECT_FILE, "the compressed file is damaged or cut short"),
        "F03": (Verdict.REJECT_FILE, "the file is an archive or a spreadsheet, not a text file"),
        "F04": (Verdict.REJECT_FILE, "quotes are broken"),
        "F05": (Verdict.REJECT_FILE, "the file is of another type than declared"),
        "F06": (Verdict.REJECT_FILE, "bytes that the declared encoding does not have"),
        "F07": (Verdict.REJECT_FILE, "NUL bytes"),
        "F08": (Verdict.REJECT_FILE, "the first line is not the expected header"),
        "F09": (Verdict.REJECT_FILE, "a row has more or fewer fields than the header"),
        "F10": (Verdict.REJECT_FILE, "the file was still being written"),
        "F11": (Verdict.REJECT_FILE, "not valid JSON"),
        "F12": (Verdict.REJECT_FILE, "not a readable Parquet file"),
        "F13": (Verdict.REJECT_FILE, "the control total is missing or differs"),
        "F14": (Verdict.REJECT_FILE, "a page of an API that says more follow"),
        "F15": (Verdict.REJECT_FILE, "the file or folder can't be read, or its name can't be written down"),
        "F16": (Verdict.REJECT_FILE, "a link that leads out of the extracts folder"),
        "F17": (Verdict.REJECT_FILE, "a compressed file that unfolds to more than is allowed"),
        "path_in_no_record": (Verdict.REJECT_FILE, "no record has a list or a required field"),
        "S01": (Verdict.REJECT_FILE, "a required column is missing"),
        "S02": (Verdict.WARN, "a column that the mapping does not know"),
        "S03": (Verdict.REJECT_FILE, "two columns have the same name"),
        "R01": (Verdict.QUARANTINE, "a row or its nested list is not what assert_complete asks"),
        "R02": (Verdict.QUARANTINE, "one key, two contents"),
        "R03": (Verdict.QUARANTINE, "a check between columns fails"),
        "V01": (Verdict.QUARANTINE, "not a date or time of the declared format"),
        "V02": (Verdict.QUARANTINE, "a year, instant or number out of range"),
        "V03": (Verdict.QUARANTINE, "not a number of the declared locale"),
        "V04": (Verdict.QUARANTINE, "more decimals than the currency or column has"),
        "V05": (Verdict.QUARANTINE, "a local time that does not exist or exists twice"),
        "V06": (Verdict.QUARANTINE, "a value outside the allowed list"),
        "V07": (Verdict.QUARANTINE, "not a boolean"),
        "V08": (Verdict.QUARANTINE, "not an ISO 4217 currency"),
        "V09": (Verdict.QUARANTINE, "not valid JSON in a value"),
        "V10": (Verdict.QUARANTINE, "a required value is missing"),
        "V11": (Verdict.QUARANTINE, "a number below min or above max"),
        "V12": (Verdict.QUARANTINE, "a date that two of the formats read differently"),
        "V13": (Verdict.QUARANTINE, "an identifier that a spreadsheet wrote as a number"),
        "unknown_label": (Verdict.WARN, "a label that the map does not know"),
        "W01": (Verdict.WARN, "compressed under a name that does not say so"),
        "W02": (Verdict.WARN, "a byte order mark"),
        "W06": (Verdict.WARN, "the same row more than once"),
        "W08": (Verdict.WARN, "the header again among the rows"),
        "W09": (Verdict.WARN, "no entry of the mapping matches the file"),
        "W10": (Verdict.WARN, "a bad value of a column that feeds no figure"),
        "W11": (Verdict.WARN, "the mapping ignores the file"),
        "D01": (Verdict.QUARANTINE, "a full snapshot far smaller than the last"),
        "D02": (Verdict.WARN, "a gap between dated deltas"),
    }
)

REFUSING = frozenset(code for code, (verdict, _) in CODES.items() if verdict > Verdict.WARN)
"""The codes that keep a file or a row out."""


@dataclass(frozen=True)
class Finding:
    """One thing found in a file. `line` is 1-based; None where the whole file is meant."""

    code: str
    message: str
    line: int | None = None
    column: str | None = None
    value: str | None = None

    @property
    def verdict(self) -> Verdict:
        """How grave it is."""
        return CODES[self.code][0]

    @property
    def refuses(self) -> bool:
        """Whether it keeps the file, or the row it names, out."""
        return self.verdict > Verdict.WARN


class FileRefused(Exception):
    """A file that can't be read on; carries the finding that says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def worst(findings: Iterable[Finding]) -> Verdict:
    """The verdict that a list of findings amounts to."""
    return max((finding.verdict for finding in findings), default=Verdict.ACCEPT)
