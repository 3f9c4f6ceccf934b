"""YAML as people write it: every scalar is text, and what can't be read is said in one sentence.

YAML alone turns `No`, `012` and `1:30` into something else, and of a key written twice it loses the first.
"""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from orchestration.errors import ConfigurationError

_MOST_VALUES = 100_000
_DEEPEST = 100


class _TextLoader(yaml.CBaseLoader):
    """Builds text, lists and mappings only."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key is no text", key.start_mark)
            if key.value in seen:
                problem = f"the key {key.value!r} is written twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_text(path: Path) -> str:
    """The text of a file. Raises ConfigurationError."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"{path} can't be read: {error.strerror}. Check the path and its rights."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path} is not UTF-8 text (byte {error.start}). Save it as UTF-8."
        ) from error


def parse_yaml(text: str, name: str) -> Any:
    """What a YAML text says; `name` is what the message calls it. Raises ConfigurationError."""
    try:
        _refuse_depth(text, name)
        content = yaml.load(text, Loader=_TextLoader)
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigurationError(
            f"{name}{line}: {error.problem}. This is not valid YAML: mend it and run again."
        ) from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{name} is not valid YAML: {error}") from error
    if (values := _written_out(content, {})) > _MOST_VALUES:
        raise ConfigurationError(
            f"{name} holds {values:,} values once its aliases (`*name`) are written out; at most "
            f"{_MOST_VALUES:,} are read. Leave out aliases of aliases."
        )
    return content


def _refuse_depth(text: str, name: str) -> None:
    """Raise ConfigurationError for lists in lists too deep: the parser's own recursion would crash."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise ConfigurationError(
                f"{name} line {line}: lists and keys stand in each other more than {_DEEPEST} deep. No "
                "setting is: mend it and run again."
            )


def _written_out(content: Any, known: dict[int, int]) -> int:
    """How many values a content has; what an alias repeats counts each time, though it is there once."""
    if not isinstance(content, dict | list):
        return 1
    if id(content) not in known:
        values = content.values() if isinstance(content, dict) else content
        known[id(content)] = 1 + sum(_written_out(value, known) for value in values)
    return known[id(content)]
