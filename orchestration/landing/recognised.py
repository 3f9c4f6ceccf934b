"""Which shipped mapping a folder of extracts is of, told by the names of its files and of their columns."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from orchestration.errors import ConfigurationError
from orchestration.landing.builtin import CANONICAL, canonical_file
from orchestration.landing.fields import root_fields
from orchestration.landing.header_rules import required_columns, telling_columns
from orchestration.landing.headers import normalised
from orchestration.landing.language import FileMapping
from orchestration.landing.mapping import list_mappings, load_mapping
from orchestration.landing.matching import entries_for, is_ignored
from orchestration.landing.samples import sampled
from orchestration.landing.walk import walk

_MOST_FILES = 50
# A file is of a vendor where it has this share of the columns that a mapping knows, or is read to that share.
_OF_KNOWN = 0.5
_OF_FILE = 0.8


@dataclass(frozen=True)
class Recognised:
    """The mappings that read a folder best: several where its files tell no difference, or none."""

    mappings: tuple[str, ...]
    unread: tuple[str, ...]
    """The files that none of them reads."""


def recognised(folder: Path) -> Recognised:
    """The shipped mappings by which most of a folder's files, and most of their columns, would be read."""
    names = {file: _names(folder / file) for file in _files(folder)}
    if not any(names.values()):
        return Recognised((), tuple(names))
    fits = {mapping: _fits(mapping, names) for mapping in list_mappings()}
    best = max((sum(fit.values()) for fit in fits.values()), default=0)
    mappings = tuple(mapping for mapping, fit in fits.items() if best and sum(fit.values()) == best)
    unread = tuple(file for file in names if not any(fits[mapping].get(file) for mapping in mappings))
    # Where most files are left, the others are only called like a vendor's.
    return Recognised(mappings, unread) if len(unread) * 2 < len(names) else Recognised((), tuple(names))


def _files(folder: Path) -> list[str]:
    found = [entry.relative for entry in walk(folder) if not entry.passed and entry.finding is None]
    return found[-_MOST_FILES:]


def _names(file: Path) -> frozenset[str]:
    try:
        return frozenset(normalised(name) for name in sampled(file).names if name)
    except (ConfigurationError, OSError):
        return frozenset()


def _fits(mapping: str, names: dict[str, frozenset[str]]) -> dict[str, int]:
    """How many of the columns of each file a mapping reads; nothing for a file that it would refuse."""
    if mapping == CANONICAL:
        built_in = {file: canonical_file(file) for file in names}
        return {
            file: _columns_read([entry], names[file]) for file, entry in built_in.items() if entry is not None
        }
    parsed = load_mapping(mapping)
    found = {file: entries_for(file, parsed) for file in names if not is_ignored(file, parsed)}
    if parsed.prefix is not None:
        # All other fields are in the one in which its loader wraps every record.
        wrapped = normalised(parsed.prefix)
        return {
            file: len(names[file]) for file, entries in found.items() if entries and wrapped in names[file]
        }
    return {file: _columns_read(entries, names[file]) for file, entries in found.items() if entries}


def _columns_read(entries: Iterable[FileMapping], names: frozenset[str]) -> int:
    """How many columns of a file some entries read; none where it only has a few usual names of theirs."""
    known: set[str] = set()
    for entry in entries:
        asked = [*required_columns(entry), *telling_columns(entry)]
        if all(_first_steps(needed) & names for _, needed in asked):
            known |= _first_steps(root_fields(entry))
    read = len(known & names)
    return read if read >= _OF_KNOWN * len(known) or read >= _OF_FILE * len(names) else 0


def _first_steps(fields: Iterable[str]) -> set[str]:
    """The columns or keys of a record that paths begin with."""
    return {normalised(re.split(r"[.\[]", field.removeprefix("$."))[0]) for field in fields} | {
        normalised(field) for field in fields
    }
