"""Themes of what customers write: the words by which a comment or a reason is told to be of one."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
# A word, or some in a row; a star at the end stands for every ending.
_WORDS = re.compile(r"[^\W_]+([ '-][^\W_]+)*\*?")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(
            f"{value!r} is not a name of a theme; write small letters, digits and _, such as price"
        )
    return value


def _words(value: str) -> str:
    if not _WORDS.fullmatch(value):
        raise ValueError(
            f"{value!r} is not a word of a theme; write a word or some in a row, and a * for every ending, "
            "such as expensiv*"
        )
    return value


def _listed(value: object) -> object:
    """One word as a list of one."""
    return (value,) if isinstance(value, str) else value


ThemeName = Annotated[str, AfterValidator(_name)]
ThemeWords = Annotated[tuple[Annotated[str, AfterValidator(_words)], ...], BeforeValidator(_listed)]
