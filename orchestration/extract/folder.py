"""The files of one extraction: pages pile up under `.partial` and are delivered when all objects are whole.

<folder>/<YYYY-MM-DD>/<object>.jsonl          every record the system holds
<folder>/<YYYY-MM-DD>/<object>.delta.jsonl    only what changed, deletions marked
<folder>/<YYYY-MM-DD>/manifest.json           written last
<folder>/<YYYY-MM-DD>/.partial/               pages and checkpoints of a run under way
"""

import hashlib
import json
import os
import shutil
import zlib
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from orchestration.extract.client import ExtractFailed

Record = dict[str, Any]
Cursor = dict[str, Any]
Delivery = Literal["full_snapshot", "delta"]

_OWNER_ONLY = 0o600
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Page:
    """Records as they came, and where the next page starts (None: there is none)."""

    records: list[Record]
    cursor: Cursor | None


@dataclass(frozen=True)
class Reading:
    """What is read of one object: everything, or what changed since an instant (UTC)."""

    name: str
    endpoint: str
    api_version: str
    delivery: Delivery
    since: datetime | None
    started_at: datetime

    def same_as(self, other: "Reading") -> bool:
        """Whether pages of the other reading may be kept: all but the start agree."""
        mine, theirs = asdict(self), asdict(other)
        return {**mine, "started_at": None} == {**theirs, "started_at": None}


@dataclass(frozen=True)
class Entry:
    """One object in the manifest. `file` is None when there was nothing to write."""

    file: str | None
    delivery: Delivery
    endpoint: str
    api_version: str
    since: str | None
    pages: int
    records: int
    repeated: int
    bytes: int
    sha256: str | None
    started_at: str
    finished_at: str


@dataclass
class Checkpoint:
    """How far an object is: all that a later process needs to go on after the last whole page."""

    reading: Reading
    cursor: Cursor | None = None
    pages: int = 0
    size: int = 0
    checksum: int = 0
    is_read: bool = False


class DayFolder:
    """The delivery of one system on one day (UTC), which names the folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._partial = self.path / ".partial"

    def entries(self) -> dict[str, Entry]:
        """The objects delivered so far, from the manifest."""
        return read_manifest(self.path)

    def open(self, reading: Reading) -> Checkpoint:
        """The checkpoint of an interrupted run of the same reading, else a fresh one with no pages."""
        self._partial.mkdir(parents=True, exist_ok=True)
        stored = self._load_checkpoint(reading.name)
        pages_file = self._pages_file(reading.name)
        if (
            stored
            and stored.reading.same_as(reading)
            and _checksum(pages_file, stored.size) == stored.checksum
        ):
            # Bytes behind the checkpoint belong to a page that was never finished.
            os.truncate(pages_file, stored.size)
            return stored
        open(pages_file, "wb", opener=_private).close()
        checkpoint = Checkpoint(reading)
        self._save_checkpoint(checkpoint)
        return checkpoint

    def append(self, checkpoint: Checkpoint, page: Page) -> None:
        """Adds a page, then moves the checkpoint behind it.

        Nothing is forced to disk page by page: what a lost machine damages is noticed by the checksum.
        """
        lines = b"".join(_line(record) for record in page.records)
        with open(self._pages_file(checkpoint.reading.name), "ab", opener=_private) as pages:
            pages.write(lines)
        checkpoint.cursor = page.cursor
        checkpoint.pages += 1
        checkpoint.size += len(lines)
        checkpoint.checksum = zlib.crc32(lines, checkpoint.checksum)
        checkpoint.is_read = page.cursor is None
        self._save_checkpoint(checkpoint)

    def finish(self, checkpoint: Checkpoint, finished_at: datetime) -> Entry:
        """Makes the object's file under its temporary name: each id once, as it was seen last."""
        reading = checkpoint.reading
        pages, ready = self._pages_file(reading.name), self._ready_file(reading.name)
        lines_read, records, digest, size = _keep_last(pages, ready)
        file = (
            f"{reading.name}.jsonl" if reading.delivery == "full_snapshot" else f"{reading.name}.delta.jsonl"
        )
        return Entry(
            # An empty file is refused at landing, as a cut transfer looks the same.
            file=file if records else None,
            delivery=reading.delivery,
            endpoint=reading.endpoint,
            api_version=reading.api_version,
            since=instant(reading.since) if reading.since else None,
            pages=checkpoint.pages,
            records=records,
            repeated=lines_read - records,
            bytes=size,
            sha256=digest if records else None,
            started_at=instant(reading.started_at),
            finished_at=instant(finished_at),
        )

    def publish(self, api: str, new: dict[str, Entry]) -> None:
        """Gives all the files their names, the manifest last; a crash in between is mended by `mend`."""
        entries = {**self.entries(), **new}
        manifest = {"api": api, "objects": {name: asdict(entries[name]) for name in sorted(entries)}}
        _write_atomically(self._intended_manifest, json.dumps(manifest, indent=2) + "\n", is_durable=True)
        self.mend()

    def mend(self) -> None:
        """Ends a publication that was interrupted after its manifest was written down; else does nothing."""
        if not self._intended_manifest.exists():
            return
        objects = json.loads(self._intended_manifest.read_text())["objects"]
        for name, entry in objects.items():
            if entry["file"] and self._ready_file(name).exists():
                self._ready_file(name).replace(self.path / entry["file"])
        self._intended_manifest.replace(self.path / "manifest.json")
        shutil.rmtree(self._partial)

    def abandon(self) -> bool:
        """Drops pages that were never published, as their day is over; true when there were any."""
        self.mend()
        if not self._partial.exists():
            return False
        shutil.rmtree(self._partial)
        if not any(self.path.iterdir()):
            self.path.rmdir()
        return True

    @property
    def _intended_manifest(self) -> Path:
        return self._partial / "manifest.json"

    def _pages_file(self, name: str) -> Path:
        return self._partial / f"{name}.pages"

    def _ready_file(self, name: str) -> Path:
        return self._partial / f"{name}.ready"

    def _load_checkpoint(self, name: str) -> Checkpoint | None:
        path = self._partial / f"{name}.checkpoint"
        if not path.exists():
            return None
        try:
            stored = json.loads(path.read_text())
        except ValueError:
            return None
        reading = stored["reading"]
        for key in ("since", "started_at"):
            reading[key] = datetime.fromisoformat(reading[key]) if reading[key] else None
        return Checkpoint(**{**stored, "reading": Reading(**reading)})

    def _save_checkpoint(self, checkpoint: Checkpoint) -> None:
        path = self._partial / f"{checkpoint.reading.name}.checkpoint"
        _write_atomically(path, json.dumps(asdict(checkpoint), default=datetime.isoformat))


def instant(moment: datetime) -> str:
    """An instant in UTC as the manifest writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def read_manifest(day: Path) -> dict[str, Entry]:
    """The objects a day's manifest lists, none without a manifest; `ExtractFailed` when it cannot be read."""
    path = day / "manifest.json"
    if not path.exists():
        return {}
    try:
        objects = json.loads(path.read_text())["objects"]
        return {name: Entry(**entry) for name, entry in objects.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExtractFailed(
            f"{path} is not a manifest of an extraction. Move its folder away and run again with --full."
        ) from error


def _keep_last(pages: Path, ready: Path) -> tuple[int, int, str, int]:
    """Copies the last line of each id, in their order; returns lines read, records, sha256 and bytes."""
    last: dict[str, int] = {}
    number = -1
    with pages.open("rb") as lines:
        for number, line in enumerate(lines):
            last[json.loads(line)["id"]] = number
    kept, digest, size = set(last.values()), hashlib.sha256(), 0
    with pages.open("rb") as lines, open(ready, "wb", opener=_private) as out:
        for number, line in enumerate(lines):
            if number in kept:
                out.write(line)
                digest.update(line)
                size += len(line)
        out.flush()
        os.fsync(out.fileno())
    return number + 1, len(last), digest.hexdigest(), size


def _line(record: Record) -> bytes:
    return (json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _private(path: str, flags: int) -> int:
    # Names and e-mail addresses of customers: nobody else on the machine needs to read them.
    return os.open(path, flags, _OWNER_ONLY)


def _checksum(path: Path, size: int) -> int | None:
    """CRC-32 of the first bytes of a file, None when it has fewer."""
    checksum = 0
    with path.open("rb") as data:
        while size and (block := data.read(min(size, _BLOCK))):
            checksum = zlib.crc32(block, checksum)
            size -= len(block)
    return None if size else checksum


def _write_atomically(path: Path, text: str, is_durable: bool = False) -> None:
    temporary = path.with_name(path.name + ".tmp")
    with open(temporary, "w", encoding="utf-8", opener=_private) as out:
        out.write(text)
        if is_durable:
            out.flush()
            os.fsync(out.fileno())
    temporary.replace(path)
