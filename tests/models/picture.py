"""`make rooms`: draws into docs/rooms.md which room of models reads which."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import click

from orchestration.build.manifest import read_manifest
from orchestration.machine.project import PROJECT
from tests.models.rooms import ROOMS, rooms_of_models

PAGE: Path = PROJECT / "docs" / "rooms.md"
_DRAWN = re.compile(r"```mermaid\n.*", re.DOTALL)


def rewritten(page: str, manifest: Mapping[str, Any]) -> str:
    """The page with the picture and the table as the models are now."""
    return _DRAWN.sub(lambda _: f"```mermaid\n{picture(manifest)}```\n\n{table(manifest)}", page)


def picture(manifest: Mapping[str, Any]) -> str:
    """A flowchart of Mermaid: a box for each room, an arrow where no way through others leads as well."""
    sizes, readers = sizes_of_rooms(manifest), readers_of_rooms(manifest)
    boxes = [f'    {room}["{room}<br>{size} models"]' for room, size in sizes.items()]
    arrows = [
        f"    {read} --> {room}"
        for room in sizes
        for read in sizes
        if (read, room) in readers and not leads_through_others(read, room, readers)
    ]
    return "\n".join(["flowchart TD", *boxes, *arrows, ""])


def leads_through_others(read: str, room: str, arrows: Collection[tuple[str, str]]) -> bool:
    """Whether a room leads to another one by more than one arrow; arrows go round in no circle."""
    return any(
        (between, room) in arrows or leads_through_others(between, room, arrows)
        for start, between in arrows
        if start == read and between != room
    )


def table(manifest: Mapping[str, Any]) -> str:
    """A row for each room, with the rooms it reads and how many of its models read each."""
    sizes, readers = sizes_of_rooms(manifest), readers_of_rooms(manifest)
    rows = ["| room | what it decides | models | of which read |", "| --- | --- | ---: | --- |"]
    for room, size in sizes.items():
        read = [f"{other} {len(readers[other, room])}" for other in sizes if (other, room) in readers]
        rows.append(f"| {room} | {ROOMS[room]} | {size} | {', '.join(read)} |")
    return "\n".join([*rows, ""])


def sizes_of_rooms(manifest: Mapping[str, Any]) -> dict[str, int]:
    """How many models a room has, of those that have any, from the ground up."""
    sizes = Counter(rooms_of_models(manifest).values())
    return {room: sizes[room] for room in ROOMS if sizes[room]}


def readers_of_rooms(manifest: Mapping[str, Any]) -> dict[tuple[str, str], set[str]]:
    """The models of a room that read another one, by what is read and who reads."""
    rooms = rooms_of_models(manifest)
    readers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for key, room in rooms.items():
        for read in manifest["nodes"][key]["depends_on"]["nodes"]:
            if read in rooms and rooms[read] != room:
                readers[rooms[read], room].add(key)
    return readers


@click.command()
def main() -> None:
    """Write the page anew."""
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8"), read_manifest()), encoding="utf-8")
    click.echo(f"{PAGE} is up to date.")


if __name__ == "__main__":
    main()
