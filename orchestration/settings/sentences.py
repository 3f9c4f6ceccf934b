"""What is wrong in a company file, in a sentence each."""

import difflib
from collections.abc import Mapping

from pydantic_core import ErrorDetails

from orchestration.machine.wrong_values import dotted, in_words


def nearest(word: str, valid: list[str]) -> str:
    """A half sentence that names the valid word closest to the one written, or lists them when none is."""
    close = difflib.get_close_matches(word, valid, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"valid here: {', '.join(sorted(valid))}."


Keys = Mapping[tuple[str, ...], list[str]]
"""The valid keys of each section of the file, by the keys that lead to it."""


def unknown_key(location: tuple[int | str, ...], keys: Keys) -> str:
    """The sentence for a key that no setting has."""
    section = tuple(part for part in location[:-1] if isinstance(part, str))
    valid = keys[section]
    where = f" in {dotted(location[:-1])}" if section else ""
    return f"unknown key {str(location[-1])!r}{where}; {nearest(str(location[-1]), valid)}"


def sentence(problem: ErrorDetails, keys: Keys) -> str:
    """What pydantic found, in our words."""
    if problem["type"] == "unexpected_keyword_argument":
        return unknown_key(tuple(problem["loc"]), keys)
    return in_words(problem)
