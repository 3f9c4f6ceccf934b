"""Python imports run downward: each room of orchestration/ reads itself and the rooms below it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = (
    "errors",
    "machine",
    "landing",
    "settings",
    "extract",
    "quality",
    "build",
    "publish",
    "closes",
    "explain",
    "pricing",
    "metrics",
    "assistant",
    "forget",
    "backup",
    "alerts",
    "run",
    "doctor",
    "synthetic",
    "defs",
    "definitions",
    "cli",
)
"""From the ground up."""
ONLY_ROOM_OF = {"dagster": {"defs", "definitions"}, "click": {"cli", "extract"}}


def room_of(name: str) -> str:
    return name.split(".")[1]


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def modules() -> list[Path]:
    return sorted(file for file in (ROOT / "orchestration").rglob("*.py") if file.name != "__main__.py")


def test_every_module_has_a_room():
    named = {file.relative_to(ROOT / "orchestration").parts[0].removesuffix(".py") for file in modules()}
    assert named - {"__init__"} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_reads_no_room_above_it(room):
    up = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in modules()
        if file.relative_to(ROOT / "orchestration").parts[0].removesuffix(".py") == room
        for name in imports(file)
        if name.startswith("orchestration.") and ROOMS.index(room_of(name)) > ROOMS.index(room)
    ]
    assert not up, "\n".join(up)


@pytest.mark.parametrize("library", ONLY_ROOM_OF)
def test_a_library_of_one_room_stays_there(library):
    there = {
        file.relative_to(ROOT / "orchestration").parts[0].removesuffix(".py")
        for file in modules()
        if any(name.split(".")[0] == library for name in imports(file))
    }
    assert there <= ONLY_ROOM_OF[library]


def test_the_product_knows_neither_its_oracle_nor_its_tests_nor_its_benchmarks():
    told = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in modules()
        for name in imports(file)
        if name.split(".")[0] in {"oracle", "tests", "benchmarks"}
    ]
    assert not told


def test_only_settings_read_the_environment():
    """`os.environ` is asked in one room, but for what is set for a library before it is imported."""
    asked = [
        f"{file.relative_to(ROOT)}"
        for file in modules()
        if "environ.get" in (text := file.read_text(encoding="utf-8")) or "getenv" in text
        if "settings" not in file.parts
    ]
    assert not asked
