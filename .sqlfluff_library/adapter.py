"""Stands in for dbt's `adapter` while sqlfluff reads a model: a dispatched macro is its first argument."""

from collections.abc import Callable


def dispatch(name: str, *_: object) -> Callable[..., str]:
    """What a dispatched macro looks like to the linter: a type where it is one, else an expression."""
    if name.startswith("type_"):
        return lambda *_: "timestamp" if "instant" in name else "double"
    return lambda *arguments: str(arguments[0]) if arguments else "placeholder"
