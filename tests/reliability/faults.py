"""Faults of what lies outside, by kind: each has to end in a sentence that names it, exit code 1 or 2."""

import contextlib
import io
import os
import random
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestration.cli.main import _exit_code
from orchestration.settings import Company

Damage = Callable[[Company], None]
DEEP = 100_000


@dataclass(frozen=True)
class Fault:
    """What is wrong, the command that meets it, and the words that its sentence must have."""

    kind: str
    what: str
    damage: Damage
    command: tuple[str, ...]
    code: int
    names: str


@dataclass(frozen=True)
class Outcome:
    """How a command ended: with a code and what it said, or with a traceback."""

    code: int | None
    said: str

    def fault_of(self, fault: Fault) -> str:
        """What is wrong with it; nothing where it is as it should be."""
        if self.code is None or "Traceback" in self.said:
            return f"a traceback: {self.said[-1500:]}"
        if self.code != fault.code:
            return f"exit {self.code} instead of {fault.code}: {self.said[-800:]}"
        return "" if fault.names in self.said else f"does not name {fault.names!r}: {self.said[-800:]}"


def meet(company: Company, fault: Fault) -> Outcome:
    """Do the damage and run the command."""
    fault.damage(company)
    return call(*fault.command, "--company", str(company.path))


def call(*arguments: str) -> Outcome:
    """A command of the product in this process, as its own entry point calls it."""
    said, before = io.StringIO(), sys.argv
    sys.argv = ["saas-metrics", *arguments]
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code: int | None = _exit_code()
    except BaseException:  # noqa: BLE001 (it is the traceback that is looked for)
        code = None
        said.write(traceback.format_exc())
    finally:
        sys.argv = before
    return Outcome(code, said.getvalue())


def _write(name: str, content: bytes | str) -> Damage:
    def damage(company: Company) -> None:
        path = _at(company, name)
        _remove(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return damage


def _folder(name: str) -> Damage:
    def damage(company: Company) -> None:
        path = _at(company, name)
        _remove(path)
        (path / "something").mkdir(parents=True)

    return damage


def _link(name: str, target: str) -> Damage:
    def damage(company: Company) -> None:
        path = _at(company, name)
        _remove(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    return damage


def _gone(name: str) -> Damage:
    return lambda company: _remove(_at(company, name))


def _cut(name: str, share: float) -> Damage:
    def damage(company: Company) -> None:
        path = _at(company, name)
        os.truncate(path, int(path.stat().st_size * share))

    return damage


def _setting(key: str, value: str) -> Damage:
    def damage(company: Company) -> None:
        text = company.path.read_text(encoding="utf-8")
        company.path.write_text(text.replace(f'"{key}": "{key}"', f'"{key}": "{value}"'), encoding="utf-8")

    return damage


def _mapping(content: bytes | None) -> Damage:
    def damage(company: Company) -> None:
        text = company.path.read_text(encoding="utf-8")
        company.path.write_text(text.replace('"canonical"', '"./own.yml"'), encoding="utf-8")
        if content is not None:
            (company.path.parent / "own.yml").write_bytes(content)

    return damage


def _published(content: bytes | None) -> Damage:
    """A published file, with content or as a folder."""

    def damage(company: Company) -> None:
        folder = company.warehouse / "releases" / "x"
        folder.mkdir(parents=True)
        if content is None:
            (folder / "warehouse.duckdb").mkdir()
        else:
            (folder / "warehouse.duckdb").write_bytes(content)
        (company.warehouse / "current").symlink_to("releases/x")
        company.published_file.symlink_to("current/warehouse.duckdb")

    return damage


def _at(company: Company, name: str) -> Path:
    return company.path.parent / name


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


_RUN = ("run", "--as-of", "2025-06-01T00:00:00Z")
_GARBAGE = {
    "garbage": random.Random(1).randbytes(3000),
    "empty": b"",
    "cut short": b'{"salt": "5a',
    "an array": b"[]",
    "nested deep": b"[" * DEEP,
    "of other types": b'{"salt": 1, "ids": 2, "values": {}, "sources": null, "customer": 3}',
}


def faults() -> list[Fault]:
    """All of them."""
    return [*_of_settings(), *_of_folders(), *_of_state(), *_of_the_build(), *_of_the_published()]


def _of_settings() -> Iterator[Fault]:
    kind = "company.yml and mappings"
    for what, content in (
        ("garbage", _GARBAGE["garbage"]), ("empty", b""), ("a list", b"- 1"), ("not UTF-8", b"name: \xe9"),
        ("nested deep", b"[" * DEEP), ("nested deep in a key", b"{a: " * 5000), ("NUL bytes", b"name: \0"),
    ):  # fmt: skip
        yield Fault(kind, f"company.yml is {what}", _write("company.yml", content), _RUN, 2, "company.yml")
        if what != "empty":
            yield Fault(kind, f"a mapping is {what}", _mapping(content), _RUN, 2, "own.yml")
    yield Fault(kind, "company.yml is missing", _gone("company.yml"), _RUN, 2, "company.yml")
    yield Fault(kind, "company.yml is a folder", _folder("company.yml"), _RUN, 2, "company.yml")
    yield Fault(
        kind, "company.yml is a link to itself", _link("company.yml", "company.yml"), _RUN, 2, "company.yml"
    )
    yield Fault(kind, "a mapping is missing", _mapping(None), _RUN, 2, "own.yml")


def _of_folders() -> Iterator[Fault]:
    kind = "folders that are none, or can't be written"
    yield Fault(kind, "extracts is missing", _gone("extracts"), _RUN, 2, "extracts")
    yield Fault(kind, "extracts is a file", _write("extracts", ""), _RUN, 2, "extracts")
    yield Fault(kind, "a source's folder is missing", _gone("extracts/source"), _RUN, 2, "extracts/source")
    yield Fault(
        kind, "a source's folder is a file", _write("extracts/source", ""), _RUN, 2, "extracts/source"
    )
    yield Fault(
        kind, "a source's folder is a link to itself", _link("extracts/source", "source"), _RUN, 2, "source"
    )
    yield Fault(
        kind, "a source's folder is a link out of extracts", _link("extracts/source", "/etc"), _RUN, 2, "/etc"
    )
    yield Fault(kind, "the warehouse is a file", _write("warehouse", ""), _RUN, 1, "warehouse")
    yield Fault(
        kind, "the warehouse is below a file", _setting("warehouse", "company.yml/w"), _RUN, 1, "company.yml"
    )
    yield Fault(kind, "the warehouse can't be written", _setting("warehouse", "/proc/w"), _RUN, 1, "/proc/w")
    yield Fault(kind, ".work is a file", _write("warehouse/.work", ""), _RUN, 1, ".work")
    yield Fault(kind, ".work is a link to nothing", _link("warehouse/.work", "no/where"), _RUN, 1, ".work")
    yield Fault(kind, "the lock is a folder", _folder("warehouse/.work/run.lock"), _RUN, 1, "run.lock")
    yield Fault(kind, "releases is a file", _write("warehouse/releases", ""), ("rollback",), 2, "warehouse")
    for verb in ("sql", "shell", "docs"):
        command = ("sql", "select 1") if verb == "sql" else (verb,)
        yield Fault(
            kind, f"nothing is published, {verb}", _gone("warehouse"), command, 2, "does not exist yet"
        )
    for verb in ("rejects", "deliveries", "backup"):
        yield Fault(kind, f"nothing was landed, {verb}", _gone("warehouse"), (verb,), 2, "warehouse")
    yield Fault(kind, "backups is a file", _write("backups", ""), ("backup",), 1, "backups")
    yield Fault(kind, "no backup to restore", _gone("backups"), ("restore",), 2, "holds no backup")


def _of_state() -> Iterator[Fault]:
    kind, forget = "state files", ("forget", "source:c1")
    listed, salt, journal = "forgotten.json", "respondents.salt", "forget.json"
    for what, content in _GARBAGE.items():
        damage = _write(f"warehouse/{listed}", content)
        yield Fault(kind, f"{listed} is {what}, run", damage, _RUN, 1, listed)
        yield Fault(kind, f"{listed} is {what}, forget", damage, forget, 1, listed)
        yield Fault(kind, f"{salt} is {what}", _write(f"warehouse/{salt}", content), _RUN, 1, salt)
        damage = _write(f"warehouse/.work/{journal}", content)
        yield Fault(kind, f"the journal of a forgetting is {what}", damage, _RUN, 1, journal)
        damage = _write("warehouse/releases/x/manifest.json", content)
        yield Fault(kind, f"a manifest is {what}", damage, ("rollback",), 2, "no release")
        damage = _write("warehouse/releases/x.json", content)
        yield Fault(kind, f"an earlier version's manifest is {what}", damage, ("rollback",), 2, "no release")
        damage = _write("backups/x/backup.json", content)
        yield Fault(kind, f"a backup's manifest is {what}", damage, ("restore",), 1, "backups/x")
    yield Fault(kind, f"{listed} is a folder", _folder(f"warehouse/{listed}"), _RUN, 1, listed)
    yield Fault(kind, f"{salt} is a folder", _folder(f"warehouse/{salt}"), _RUN, 1, salt)
    yield Fault(kind, f"{journal} is a folder", _folder(f"warehouse/.work/{journal}"), _RUN, 1, journal)


def _of_the_build() -> Iterator[Fault]:
    kind, build = "the build file", "warehouse/.work/build.duckdb"
    # What reads a part of the file only may not meet the damage, and is right then.
    writing = {"run": _RUN, "forget": ("forget", "source:c1"), "backup": ("backup",)}
    reading = {"rejects": ("rejects",), "deliveries": ("deliveries",), "sources": ("sources",)}
    for what, damage, verbs in (
        ("garbage", _write(build, _GARBAGE["garbage"] * 20), writing | reading),
        ("text", _write(build, b"text\n" * 9000), writing | reading),
        ("cut to its head", _cut(build, 0.01), writing | reading),
        ("cut to a half", _cut(build, 0.5), writing),
        ("a folder", _folder(build), {"run": _RUN}),
    ):
        for verb, command in verbs.items():
            yield Fault(kind, f"it is {what}, {verb}", damage, command, 1, "build.duckdb")
    for verb in ("forget", "backup", "rejects"):
        yield Fault(
            kind, f"it is a folder, {verb}", _folder(build), (writing | reading)[verb], 2, "build.duckdb"
        )


def _of_the_published() -> Iterator[Fault]:
    kind = "the published file"
    contents = {"garbage": _GARBAGE["garbage"] * 20, "text": b"text\n" * 9000, "empty": b""}
    for what, content in contents.items():
        yield Fault(kind, f"it is {what}", _published(content), ("sql", "select 1"), 1, "warehouse.duckdb")
    for verb, command in (("sql", ("sql", "select 1")), ("docs", ("docs",))):
        yield Fault(kind, f"it is a folder, {verb}", _published(None), command, 2, "warehouse.duckdb")
