"""The chain of closes: one folder a record, never changed, each with the hash of the record before.

`<warehouse>/closes/2025-06.1/` holds the rows of June 2025 as Parquet files and `close.json`, which says what
they were made from. Opening a month again, and forgetting a customer, are records too. `closes/head.json`
holds the hash of the last record, so that a byte that differs is found wherever it lies.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from orchestration.errors import DamagedFile
from orchestration.machine.checksums import sha256
from orchestration.machine.disk import flush
from orchestration.machine.state import write_private
from orchestration.settings import Company

RECORD = "close.json"
FRESH = ".fresh"
"""A folder of this name is still being written: it is no record."""
HEAD = "head.json"
Kind = Literal["close", "reopen", "forget"]


@dataclass(frozen=True)
class Close:
    """One record of the chain; times are ISO text in UTC."""

    number: int
    """Counts up from 1, over all records."""
    kind: Kind
    name: str
    """Its folder: `<month>.<n>` of a month's n-th record, `forgotten.<n>` of a forgetting."""
    period_month: str
    """`2025-06`; empty for a forgetting."""
    made_at: str
    before: str
    """sha256 of the record before; empty for the first."""
    reason: str = ""
    release_id: str = ""
    as_of: str = ""
    """The instant of the release that a month was closed from."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    """The settings and the models' checksums of that release."""
    deliveries: tuple[str, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    """Rows by file."""
    files: Mapping[str, str] = field(default_factory=dict)
    """sha256 by file, below the record's folder; of a forgetting, below the folders they stand for too."""

    @property
    def month(self) -> date:
        """The first day of its month."""
        return date.fromisoformat(f"{self.period_month}-01")


@dataclass(frozen=True)
class Chain:
    """The records of a warehouse in their order, and where they lie."""

    folder: Path
    records: tuple[Close, ...]
    hashes: tuple[str, ...]
    """The sha256 of each record."""

    @property
    def fresh(self) -> Path:
        """The folder that becomes the next record."""
        return self.folder / FRESH

    @property
    def head(self) -> str:
        """The sha256 of the last record; empty where there is none."""
        return self.hashes[-1] if self.hashes else ""

    @property
    def in_force(self) -> tuple[Close, ...]:
        """The records of the months that are closed now, in the order of the months."""
        closed: dict[str, Close] = {}
        for record in self.records:
            if record.kind == "close":
                closed[record.period_month] = record
            elif record.kind == "reopen":
                closed.pop(record.period_month, None)
        return tuple(closed[month] for month in sorted(closed))

    @property
    def closed_through(self) -> date | None:
        """The first day of the last closed month."""
        return self.in_force[-1].month if self.in_force else None

    def path_of(self, record: Close, file: str) -> Path:
        """Where a file of a record lies: with it, or with the last forgetting that wrote it anew."""
        holder, name, _ = self._holder(record, file)
        return self.folder / holder.name / name

    def files(self) -> Iterator[tuple[Path, str]]:
        """Every file that counts, with its sha256."""
        for record in self.records:
            if record.kind != "forget":
                for file in record.files:
                    holder, name, known = self._holder(record, file)
                    yield self.folder / holder.name / name, known

    def superseded(self) -> Iterator[Path]:
        """The files that a forgetting wrote anew, as they were before it: they are to go."""
        counting = {path for path, _ in self.files()}
        for record in self.records:
            every = (self.folder / record.name / name for name in record.files)
            yield from (path for path in every if path not in counting)

    def _holder(self, record: Close, file: str) -> tuple[Close, str, str]:
        anew = f"{record.name}/{file}"
        for later in reversed(self.records):
            if later.kind == "forget" and anew in later.files:
                return later, anew, later.files[anew]
        return record, file, record.files[file]


def closes_folder(company: Company) -> Path:
    """Where the chain of a warehouse lies."""
    return company.warehouse / "closes"


def read_chain(folder: Path) -> Chain:
    """The chain as its records tell it. Raises DamagedFile that names a record that is not what was written.

    The Parquet files are looked at by `verify.py`. A record more than the head knows was kept by a command
    that was killed before its last step, and counts.
    """
    found = [_read(path) for path in sorted(folder.glob("*")) if path.is_dir() and path.name != FRESH]
    found.sort(key=lambda one: one[0].number)
    before = ""
    for number, (record, known) in enumerate(found, start=1):
        path = folder / record.name / RECORD
        if record.number != number:
            raise damaged(folder, f"record {number} of the chain is missing")
        if record.before != before:
            raise damaged(path, "it does not follow on the record before")
        before = known
    chain = Chain(folder, tuple(one for one, _ in found), tuple(known for _, known in found))
    _compare_head(chain)
    return chain


def write_head(chain: Chain) -> None:
    """Have the head name the last record."""
    if chain.records and _head(chain.folder) != (text := _text_of_head(chain, len(chain.records))):
        write_private(chain.folder / HEAD, text)


def next_record(chain: Chain, kind: Kind, period_month: str) -> Close:
    """The next record of a chain, with nothing in it so far; of a forgetting, `period_month` is empty."""
    said = period_month or "forgotten"
    return Close(
        number=len(chain.records) + 1,
        kind=kind,
        name=f"{said}.{1 + sum(one.period_month == period_month for one in chain.records)}",
        period_month=period_month,
        made_at=datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" "),
        before=chain.head,
    )


def write_record(folder: Path, record: Close) -> None:
    """Write what a folder that becomes a record says of itself."""
    path = folder / RECORD
    path.write_text(_text(record), encoding="utf-8")
    path.chmod(0o440)
    flush(path)


def keep_record(chain: Chain, record: Close) -> Chain:
    """Move the folder of a new record, with its files, to the others and have the head name it."""
    fresh, kept = chain.fresh, chain.folder / record.name
    write_record(fresh, record)
    for folder in sorted((path for path in fresh.rglob("*") if path.is_dir()), reverse=True):
        flush(folder)
    fresh.chmod(0o755)
    flush(fresh)
    fresh.replace(kept)
    flush(chain.folder)
    longer = replace(chain, records=(*chain.records, record), hashes=(*chain.hashes, sha256(kept / RECORD)))
    write_head(longer)
    return longer


def damaged(path: Path, why: str) -> DamagedFile:
    """The error of a chain that is not as it was written."""
    return DamagedFile(
        f"{path} is not as it was closed: {why}. What is published stays. Bring the folder `closes` back "
        "from the last backup (docs/finance.md says how) and look at it with saas-metrics closes verify."
    )


def _read(folder: Path) -> tuple[Close, str]:
    path = folder / RECORD
    try:
        content = path.read_bytes()
        record = Close(**json.loads(content))
        whole = record.name == folder.name and _text(record).encode() == content
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise damaged(path, f"it can't be read ({error})") from error
    if not whole or record.kind not in get_args(Kind):
        raise damaged(path, "it is not what a close writes")
    return record, hashlib.sha256(content).hexdigest()


def _text(record: Close) -> str:
    return json.dumps(asdict(record), indent=1, sort_keys=True)


def _text_of_head(chain: Chain, count: int) -> str:
    return json.dumps({"number": count, "sha256": chain.hashes[count - 1]}, indent=1)


def _head(folder: Path) -> str:
    path = folder / HEAD
    try:
        return path.read_text(encoding="utf-8") if path.is_file() else ""
    except (OSError, ValueError) as error:
        raise damaged(path, f"it can't be read ({error})") from error


def _compare_head(chain: Chain) -> None:
    """The head names the last record; the one before where a command was killed before its last step."""
    said, count = _head(chain.folder), len(chain.records)
    may_be = [_text_of_head(chain, one) for one in (count, count - 1) if one > 0]
    # The very first record may have been kept without any head.
    if said not in (may_be or [""]) and not (count == 1 and not said):
        raise damaged(chain.folder / HEAD, "it does not name the last record")
