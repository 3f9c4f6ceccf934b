"""`make settings`: writes the schema of company.yml, and the tables of docs/company.md."""

import json
import re
from pathlib import Path

import click

from orchestration.machine.project import PROJECT
from orchestration.settings import company_schema
from orchestration.settings.first_file import yaml_value
from orchestration.settings.reference import SCHEMA_FILE, Key, Section, sections

PAGE: Path = PROJECT / "docs" / "company.md"
SCHEMA: Path = PROJECT / "orchestration" / "settings" / SCHEMA_FILE
_TABLES = re.compile(r"## `company.yml`\n.*", re.DOTALL)
_HEAD = "| key | what it says | unit or values | default | example |\n| --- | --- | --- | --- | --- |"
_KINDS = {"object": "", "list": " (a list)", "named": " (by name)"}


def rewritten(page: str) -> str:
    """The page with its tables as the settings are now."""
    return _TABLES.sub(lambda _: "\n\n".join(map(_section, sections())) + "\n", page)


def schema_text() -> str:
    """The schema as the file has it."""
    return json.dumps(company_schema(), indent=1, ensure_ascii=False) + "\n"


def _section(section: Section) -> str:
    name = ".".join(section.path)
    head = f"### `{name}`{_KINDS[section.kind]}\n{section.description}" if name else "## `company.yml`"
    return "\n".join([head, "", _HEAD, *map(_row, section.keys)])


def _row(key: Key) -> str:
    values = ", ".join(f"`{word}`" for word in key.allowed) or key.unit or _kind(key)
    told = key.description.replace("|", "\\|")
    return f"| `{key.path}` | {told} | {values} | {_default(key)} | `{yaml_value(key.example)}` |"


def _kind(key: Key) -> str:
    kinds = {bool: "`true`, `false`", dict: "keys and values", int: "number", float: "number"}
    return kinds.get(type(key.example), "text")


def _default(key: Key) -> str:
    if key.required:
        return "required"
    if key.is_none:
        return f"not set: {key.is_none}"
    return "none" if key.default in (None, "", [], {}) else f"`{yaml_value(key.default)}`"


@click.command()
def main() -> None:
    """Write both files anew."""
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    click.echo(f"{PAGE} and {SCHEMA} are up to date.")


if __name__ == "__main__":
    main()
