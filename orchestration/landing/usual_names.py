"""The usual names of files, columns and codes: what a draft of a mapping is made from."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from orchestration.landing.canonical import CanonicalTable, canonical_tables
from orchestration.landing.headers import normalised

_HERE = Path(__file__).parent
# Small words between: `Date de début` and `Date début` are one name.
_SMALL = frozenset(("de", "du", "des", "d", "la", "le", "les", "l", "the", "of"))
# A number sign is written in more than one way: `N° abonnement`, `no abonnement`.
_NUMBER_SIGN = re.compile(r"\bn\s*[°º]|\bn[o0]\b|#")
_OF_ITS_NAME = 3.0
"""What the usual name of a file weighs against so many columns that are found."""


def plain(name: str) -> str:
    """A name as it is compared: without case, accents, signs and small words."""
    text = _NUMBER_SIGN.sub(" no ", normalised(name))
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "_".join(part for part in re.split(r"[^a-z0-9]+", letters) if part and part not in _SMALL)


def usual_columns(table: CanonicalTable, names: Iterable[str]) -> dict[str, str]:
    """The names of a header by the canonical columns of a table that they usually fill."""
    written = {plain(name): name for name in reversed(list(names)) if name}
    known = _usual().get(table.name, {}).get("columns", {})
    found = {}
    for column in table.names:
        usual = (column, *known.get(column, ()))
        if name := next((one for one in usual if one in written), None):
            found[column] = written[name]
    return found


def likeliest_table(stem: str, names: Iterable[str]) -> CanonicalTable:
    """The table that a file most resembles, by its own name and by its columns'."""
    header, name = list(names), plain(stem)
    tables = (one for one in canonical_tables().values() if not one.is_looked_up)
    return max(tables, key=lambda one: len(usual_columns(one, header)) + _likeness(one, name))


def _likeness(table: CanonicalTable, name: str) -> float:
    if name in _usual().get(table.name, {}).get("files", ()):
        return _OF_ITS_NAME
    return 2 * difflib.SequenceMatcher(None, name, table.name).ratio()


def code_of(column: str, word: str) -> str | None:
    """The code of ours that a word of a file usually means; None for one that is not known."""
    codes: Mapping[str, list[str]] = _words().get(column, {})
    return next((code for code, words in codes.items() if plain(word) in words), None)


def months_of(word: str) -> int | None:
    """How many months a period of several of them has, such as `semestriel`; None for any other word."""
    months: int | None = _words()["months_of_a_period"].get(plain(word))
    return months


@lru_cache(maxsize=1)
def _usual() -> Mapping[str, Any]:
    return _loaded("usual_names.yml")


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Any]:
    return _loaded("usual_words.yml")


def _loaded(name: str) -> Mapping[str, Any]:
    content: Mapping[str, Any] = yaml.safe_load((_HERE / name).read_text(encoding="utf-8"))
    return content
