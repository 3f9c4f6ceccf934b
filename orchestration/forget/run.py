"""The forgetting itself, file by file, in an order that can be cut short anywhere and begun again."""

import html
import json
import mmap
import re
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from orchestration.build.manifest import read_manifest
from orchestration.forget.rewriting import Rewriter, count_left, engine, rewrite, words_of_the_data
from orchestration.forget.subject import Subject, find_subject
from orchestration.landing.forgotten import read_forgotten, write_forgotten
from orchestration.machine.disk import flush
from orchestration.machine.duckdb_files import BUILD_STORAGE, PUBLISHED_STORAGE
from orchestration.publish.keep import go_live, live_release, refuse_foreign_log
from orchestration.publish.manifest import (
    find_manifest,
    read_manifests,
    releases_folder,
    sha256,
    write_manifest,
)
from orchestration.publish.parquet import SUFFIX, refuse_foreign_folder
from orchestration.publish.privacy import mart_classes
from orchestration.settings import Company

_JOURNAL = "forget.json"
# Schemas of the build file from which the next run makes all others again.
_KEPT_SCHEMAS = ("raw", "audit")
_TABLES = (".duckdb", SUFFIX)
# A shorter id is found in the user's files as a part of anything.
_SHORTEST_ID = 5


@dataclass(frozen=True)
class Outcome:
    """What was done, and what is left."""

    subject: Subject
    anonymous_id: str
    changed: dict[str, int]
    """Rows changed (for a page, 1) by file."""
    left: tuple[str, ...]
    """Files of the warehouse that still hold a name, an address or an id of the subject."""
    extracts: tuple[str, ...]
    """The user's own files that do."""
    words: int
    """Names of the subject that are words of the data too; where they name nobody they stay."""


@dataclass(frozen=True)
class _Journal:
    """Who is being forgotten, which release was published, and the checksums of the one under way."""

    path: Path

    def read(self) -> dict[str, Any]:
        """What a forgetting that was cut short left; empty where none was."""
        return json.loads(self.path.read_text(encoding="utf-8")) if self.path.is_file() else {}

    def write(self, content: dict[str, Any]) -> None:
        """Keep it, whole."""
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(content), encoding="utf-8")
        part.chmod(0o600)
        flush(part)
        part.replace(self.path)

    def end(self) -> None:
        """Nothing is under way any more."""
        self.path.unlink()


def forget(company: Company, customer: str) -> Outcome:
    """Forget a customer. Raises ConfigurationError when there is no such customer, PublishRefused when a
    reader has the published file open for writing.

    The build file comes last: as long as it knows the customer, the rest can be found again. One that was cut
    short is finished first, whoever comes next: another forgetting, or a run.
    """
    refuse_foreign_log(company.published_file)
    refuse_foreign_folder(company)
    journal = _Journal(company.work / _JOURNAL)
    begun = journal.read()
    if begun.get("customer", customer) != customer:
        forget(company, begun["customer"])
        begun = {}
    before = read_forgotten(company.warehouse)
    subject = find_subject(company, customer, before)
    forgotten = subject.listed(before)
    write_forgotten(company.warehouse, forgotten)
    # A release that was published after the cut is the one in force; else the one that the journal tells.
    live = live_release(company) or begun.get("live")
    if begun:
        _finish_release(company, begun)
    journal.write({"customer": customer, "live": live})
    rewriter = Rewriter(subject, forgotten, mart_classes(read_manifest()))
    with engine() as connection:
        words: frozenset[str] = frozenset()
        if subject.texts and company.published_file.is_file():
            words = words_of_the_data(connection, company.published_file, rewriter)
        telling = tuple(text for text in subject.texts if text not in words)
        changed = _rewrite_releases(connection, company, rewriter, journal)
        if live and (changed or begun):
            go_live(company, find_manifest(company, live))
        changed |= _rewrite_pages(company, rewriter, telling)
        shutil.rmtree(company.work / "dbt", ignore_errors=True)
        changed |= _rewrite_build(connection, company, rewriter)
        journal.end()
        left = tuple(_left(connection, company, rewriter, telling))
    extracts = tuple(_in_extracts(company, subject, telling))
    return Outcome(subject, forgotten.anonymous_id(customer), changed, left, extracts, len(words))


def finish_forgetting(company: Company) -> None:
    """Finish a forgetting that was cut short, if one was. An earlier version did not say whose it was."""
    if customer := _Journal(company.work / _JOURNAL).read().get("customer"):
        forget(company, customer)


def _rewrite_releases(
    connection: duckdb.DuckDBPyConnection, company: Company, rewriter: Rewriter, journal: _Journal
) -> dict[str, int]:
    begun = journal.read()
    changed: dict[str, int] = {}
    for release in read_manifests(company):
        fresh: dict[str, Path] = {}
        for name in release.checksums:
            part = company.work / f"forget-{name.replace('/', '-')}"
            old = releases_folder(company) / name
            rows = rewrite(connection, old, part, rewriter, PUBLISHED_STORAGE)
            if rows:
                changed[f"releases/{name}"] = rows
                part.chmod(old.stat().st_mode & 0o777)
                flush(part)
                fresh[name] = part
        if fresh:
            checksums = {**release.checksums, **{name: sha256(part) for name, part in fresh.items()}}
            journal.write({**begun, "release_id": release.release_id, "checksums": checksums})
            for name, part in fresh.items():
                part.replace(releases_folder(company) / name)
            write_manifest(company, replace(release, checksums=checksums))
    return changed


def _finish_release(company: Company, begun: dict[str, Any]) -> None:
    """Files that were replaced just before the end get the checksums that were meant for them."""
    for release in read_manifests(company):
        if release.release_id == begun.get("release_id"):
            meant: dict[str, str] = begun["checksums"]
            # A file that is neither the old nor the new one is for the rollback to refuse.
            done = {name for name in meant if sha256(releases_folder(company) / name) == meant[name]}
            known = {name: meant[name] if name in done else old for name, old in release.checksums.items()}
            write_manifest(company, replace(release, checksums=known))


def _rewrite_pages(company: Company, rewriter: Rewriter, telling: Collection[str]) -> dict[str, int]:
    changed = {}
    known = {one: rewriter.forgotten.anonymous_id(one) for one in rewriter.subject.ids}
    known |= dict.fromkeys(telling, "forgotten")
    for page in sorted(company.pages.glob("*.html")):
        before = text = page.read_text(encoding="utf-8")
        for value, new in known.items():
            text = text.replace(html.escape(value), new).replace(value, new)
        if text != before:
            part = company.work / "page.part"
            part.unlink(missing_ok=True)
            part.write_text(text, encoding="utf-8")
            part.chmod(0o440)
            part.replace(page)
            changed[f"quality/{page.name}"] = 1
    return changed


def _rewrite_build(
    connection: duckdb.DuckDBPyConnection, company: Company, rewriter: Rewriter
) -> dict[str, int]:
    part = company.work / "forget-build.duckdb"
    rows = rewrite(connection, company.build_file, part, rewriter, BUILD_STORAGE, _KEPT_SCHEMAS)
    if not rows:
        return {}
    flush(part)
    part.replace(company.build_file)
    return {".work/build.duckdb": rows}


def _left(
    connection: duckdb.DuckDBPyConnection, company: Company, rewriter: Rewriter, telling: Collection[str]
) -> Iterator[str]:
    """The files of the warehouse that still hold the subject: in a row, or anywhere among their bytes."""
    for path in _files(company.warehouse):
        in_rows = path.suffix in _TABLES and count_left(connection, path, rewriter)
        ids = () if path.suffix in _TABLES else rewriter.subject.ids
        if in_rows or _holds(path, telling, ids):
            yield path.relative_to(company.warehouse).as_posix()


def _in_extracts(company: Company, subject: Subject, telling: Collection[str]) -> Iterator[str]:
    native = [one.partition(":")[2] for one in subject.ids]
    for path in _files(company.extracts):
        if _holds(path, telling, [one for one in native if len(one) >= _SHORTEST_ID]):
            yield path.relative_to(company.extracts).as_posix()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)


def _holds(path: Path, texts: Collection[str], ids: Collection[str]) -> bool:
    words = [re.escape(text.encode()) for text in texts]
    words += [rb"(?<![\w-])" + re.escape(one.encode()) + rb"(?![\w-])" for one in ids]
    if not words:
        return False
    with path.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return re.search(b"|".join(words), content) is not None
