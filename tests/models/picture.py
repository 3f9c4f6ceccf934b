"""`make rooms`: draws into docs/rooms.md which room of models reads which."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from orchestration.build.manifest import read_manifest
from orchestration.machine.project import PROJECT

PAGE: Path = PROJECT / "docs" / "rooms.md"
_PICTURE = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)


def rewritten(page: str, manifest: Mapping[str, Any]) -> str:
    """The page with the picture as the models are now."""
    return _PICTURE.sub(lambda _: f"```mermaid\n{picture(manifest)}```\n", page)


def picture(manifest: Mapping[str, Any]) -> str:
    """A flowchart of Mermaid: a box for each room, and an arrow to each room that reads it."""
    rooms = {
        key: room_of(node["path"]) for key, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
    }  # fmt: skip
    readers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for key, room in rooms.items():
        for read in manifest["nodes"][key]["depends_on"]["nodes"]:
            if read in rooms and rooms[read] != room:
                readers[rooms[read], room].add(key)
    sizes = sorted(Counter(rooms.values()).items())
    boxes = [f'    {room}["{room}<br>{size} models"]' for room, size in sizes]
    arrows = [f"    {read} -->|{len(keys)}| {room}" for (read, room), keys in sorted(readers.items())]
    return "\n".join(["flowchart LR", *boxes, *arrows, ""])


def room_of(path: str) -> str:
    """The room of a model: staging and rules are one each, of the others the domain is, marts included."""
    layer, domain, *_ = path.split("/")
    return layer if layer in ("staging", "rules") else domain


@click.command()
def main() -> None:
    """Write the page anew."""
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8"), read_manifest()), encoding="utf-8")
    click.echo(f"{PAGE} is up to date.")


if __name__ == "__main__":
    main()
