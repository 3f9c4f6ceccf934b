"""The tour's page: the files it names, the line of an extract it shows, and the tables under its queries."""

import json
import re
from pathlib import Path
from typing import Any

from orchestration.machine.project import PROJECT

PAGE: Path = PROJECT / "docs" / "tour.md"
# A file in backticks: a folder, a name and an ending.
_FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.[a-z]+)`")
_LINE = re.compile(r"line (\d+) of\s+`(extracts/[^`]+)`.*?```json\n(.+?)```", re.DOTALL)
# Below the folder of the demo company, which is in no checkout.
_OF_THE_DEMO = ("extracts/", "demo/")


def named_files(page: str) -> set[str]:
    """Every file of the project that the page names."""
    return {name for name in _FILE.findall(page) if not name.startswith(_OF_THE_DEMO)}


def shown_line(page: str, demo: Path) -> tuple[Any, Any]:
    """The part of a record that the page shows, and the record as the extract has it."""
    number, name, shown = _LINE.search(page).groups()
    lines = (demo / name).read_text(encoding="utf-8").splitlines()
    return json.loads(shown), json.loads(lines[int(number) - 1])


def is_part_of(part: Any, whole: Any) -> bool:
    """Whether every value of the part is the whole's, at the same place."""
    if isinstance(part, dict):
        return all(key in whole and is_part_of(value, whole[key]) for key, value in part.items())
    if isinstance(part, list):
        return len(part) == len(whole) and all(map(is_part_of, part, whole))
    return part == whole
