"""The first company.yml: what it needs, and every other key as a comment with its default."""

import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.errors import ConfigurationError
from orchestration.landing.recognised import Recognised, recognised
from orchestration.settings.reference import SCHEMA_FILE, Key, Section, sections
from orchestration.settings.sources import SOURCE_NAME

_WIDTH = 100
_PLAIN = re.compile(r"[A-Za-z_./][\w./+-]*|\d{4}-\d{2}-\d{2}")
# Words and numbers of YAML that a text must not be taken for by an editor.
_NO_TEXT = re.compile(r"(?i)true|false|yes|no|on|off|null|~")
_FIRST_SOURCE = "billing"


@dataclass(frozen=True)
class FirstSource:
    """A source as a new company file names it."""

    name: str
    mapping: str
    note: str
    """What a person is to know of it."""
    is_drafted: bool = False
    """Whether its mapping is a file that is still to be written."""


def first_sources(extracts: Path) -> tuple[FirstSource, ...]:
    """The sources whose folders lie in the extracts; one to begin with where there is none.

    Raises ConfigurationError for a folder whose name no source can have: left out in silence, its figures
    would be missing.
    """
    found = sorted(extracts.iterdir()) if extracts.is_dir() else []
    folders = [one for one in found if one.is_dir() and not one.name.startswith(".")]
    if odd := next((one for one in folders if not SOURCE_NAME.fullmatch(one.name)), None):
        raise ConfigurationError(
            f"{odd} can't be a source: give the folder a name of a letter, then letters, digits and _. "
            "Nothing was written."
        )
    if not folders:
        return (FirstSource(_FIRST_SOURCE, f"./{_FIRST_SOURCE}.yml", "", is_drafted=True),)
    return tuple(_source(folder.name, recognised(folder)) for folder in folders)


def _source(name: str, found: Recognised) -> FirstSource:
    if not found.mappings:
        return FirstSource(name, f"./{name}.yml", "no shipped mapping reads its files", is_drafted=True)
    first, *others = found.mappings
    notes = (
        [f"recognised as files of {first}"]
        if first != "canonical"
        else ["its files are named like the canonical tables"]
    )
    if others:
        notes.append(f"{', '.join(others)} would read them too")
    if found.unread:
        notes.append(f"not read: {', '.join(found.unread[:3])}{' ...' if len(found.unread) > 3 else ''}")
    return FirstSource(name, first, "; ".join(notes))


def first_company_file(name: str, currency: str, timezone: str, sources: Sequence[FirstSource]) -> str:
    """The text of a company file that loads, as it stands and with every comment of a key taken away."""
    given = {
        "name": name, "reporting_currency": currency, "reporting_timezone": timezone, "extracts": "extracts",
        "warehouse": "warehouse",
    }  # fmt: skip
    top, *below = sections()
    named = next(one for one in below if one.path == ("sources",))
    lines = [
        f"# yaml-language-server: $schema={SCHEMA_FILE}",
        *_prose(
            "What the company says of itself. docs/company.md tells every key, and so does an editor that "
            f"reads the schema of the first line ({SCHEMA_FILE}; saas-metrics init --schema prints it)."
        ),
        *_prose("Lines as `#key: value` are settings with their defaults: take the `#` away to change one."),
        "",
    ]
    for key in top.keys:
        if key.name in given:
            lines += [*_prose(_told(key)), f"{key.name}: {yaml_value(given[key.name])}", ""]
    lines += [*_of_sources(named, sources), ""]
    for key in top.keys:
        if key.name not in given:
            lines += [*_prose(_told(key)), f"#{key.name}: {yaml_value(_shown(key))}", ""]
    for section in below:
        if len(section.path) == 1 and section is not named:
            lines += [*_prose(section.description), *_of_section(section), ""]
    return "\n".join(lines).rstrip() + "\n"


def _of_sources(section: Section, sources: Sequence[FirstSource]) -> Iterator[str]:
    yield from _prose(section.description)
    yield from _of_items(section)
    yield "sources:"
    for source in sources:
        yield from (f"  {line}" for line in _prose(source.note))
        yield f"  - {{name: {source.name}, mapping: {yaml_value(source.mapping)}}}"


def _of_section(section: Section) -> Iterator[str]:
    """A section as a comment that is one of YAML once its first signs are taken away."""
    if section.kind == "list":
        yield from _of_items(section)
        needed = {key.name: key.example for key in section.keys if key.required}
        yield f"#{section.path[-1]}:"
        yield f"#  - {yaml_value(needed)}"
        return
    yield f"#{section.path[-1]}:"
    for key in section.keys:
        yield from (f"#  {line}" for line in _prose(_told(key)))
        yield f"#  {key.name}: {yaml_value(_shown(key))}"
    for below in (one for one in sections() if one.path[:-1] == section.path):
        yield from (f"#  {line}" for line in _prose(below.description))
        if below.kind == "object":
            yield from (f"#  {line.removeprefix('#')}" for line in _of_section(below))
        else:
            yield from (f"#  {line}" for line in _of_items(below))
            yield f"#  {below.path[-1]}: {{}}"


def _of_items(section: Section) -> Iterator[str]:
    for key in section.keys:
        yield from _prose(f"- {key.name}: {_told(key)}")


def _told(key: Key) -> str:
    """What a key is, its unit, and what it means where it is left out."""
    allowed = f" One of {', '.join(key.allowed)}." if key.allowed else ""
    unit = f" Unit: {key.unit}." if key.unit else ""
    left_out = f" Not set: {key.is_none}." if key.is_none else ""
    example = f" Such as {yaml_value(key.example)}." if key.default in (None, "") and not key.required else ""
    return f"{key.description}{allowed}{unit}{left_out}{example}"


def _shown(key: Key) -> Any:
    """The default; an example of a key whose default is no value."""
    return key.example if key.default is None or key.default == "" else key.default


def _prose(text: str) -> Iterator[str]:
    yield from (f"# {line}" for line in textwrap.wrap(text, _WIDTH, break_on_hyphens=False))


def yaml_value(value: Any) -> str:
    """A value as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{yaml_value(key)}: {yaml_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(yaml_value, value)) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and not _NO_TEXT.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)
