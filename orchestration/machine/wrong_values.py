"""What pydantic finds wrong in a file, in our words: where it stands, and what to write instead."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic_core import ErrorDetails

_WAYS: Mapping[str, Callable[[Mapping[str, Any]], str]] = MappingProxyType(
    {
        "string_type": lambda limits: "write a text",
        "path_type": lambda limits: "write a text",
        "string_too_short": lambda limits: f"write at least {_characters(limits['min_length'])}",
        "string_too_long": lambda limits: f"write at most {_characters(limits['max_length'])}",
        "int_parsing": lambda limits: "write a whole number",
        "int_type": lambda limits: "write a whole number",
        "int_from_float": lambda limits: "write a whole number",
        "decimal_parsing": lambda limits: "write a number",
        "decimal_type": lambda limits: "write a number",
        "float_parsing": lambda limits: "write a number",
        "float_type": lambda limits: "write a number",
        "finite_number": lambda limits: "write a number",
        "greater_than": lambda limits: f"write a number above {limits['gt']}",
        "greater_than_equal": lambda limits: f"write a number from {limits['ge']}",
        "less_than": lambda limits: f"write a number below {limits['lt']}",
        "less_than_equal": lambda limits: f"write a number up to {limits['le']}",
        "bool_parsing": lambda limits: "write true or false",
        "bool_type": lambda limits: "write true or false",
        "literal_error": lambda limits: f"write {limits['expected']}",
        "too_short": lambda limits: "name at least one",
        "list_type": lambda limits: "write a list",
        "tuple_type": lambda limits: "write a list",
        "dict_type": lambda limits: "write keys with values",
        "model_type": lambda limits: "write keys with values",
        "dataclass_type": lambda limits: "write keys with values",
        "date_type": lambda limits: "write a day, such as 2025-03-14",
    }
)
_MISSING = ("missing", "missing_argument")
_LONGEST_SHOWN = 60


def in_words(problem: ErrorDetails) -> str:
    """The sentence for what was found: `policies.min_n: write a number from 1 (it says 0).`"""
    where = dotted(tuple(problem["loc"]))
    if problem["type"] in _MISSING:
        return f"{where} is missing; add it."
    way = _WAYS.get(problem["type"])
    # What a check of ours says comes as it is.
    said = way(problem.get("ctx", {})) if way else problem["msg"].removeprefix("Value error, ")
    written = repr(problem["input"])
    given = "" if written in said or len(written) > _LONGEST_SHOWN else f" (it says {written})"
    return f"{where}: {said}{given}."


def dotted(location: tuple[int | str, ...]) -> str:
    """Where something stands: `sources[1].mapping`, counted from 1."""
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")


def _characters(number: int) -> str:
    return "one character" if number == 1 else f"{number} characters"
