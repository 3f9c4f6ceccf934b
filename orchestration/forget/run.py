"""The forgetting itself, file by file, in an order that can be cut short anywhere and begun again."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.build.own_models import company_manifest, forget_own
from orchestration.closes.rewriting import rewrite_closes
from orchestration.errors import DamagedFile
from orchestration.forget.rewriting import Rewriter, count_left, engine, rewrite, words_of_the_data
from orchestration.forget.searching import Search
from orchestration.forget.subject import Subject, find_subject
from orchestration.landing.forgotten import read_forgotten, write_forgotten
from orchestration.machine.disk import flush, link_or_copy, replace_text
from orchestration.machine.duckdb_files import BUILD_STORAGE, PUBLISHED_STORAGE, remove_database, settle_build
from orchestration.machine.state import damaged, read_state, write_state
from orchestration.metrics.documents import DOCUMENTS
from orchestration.publish.keep import fresh_release, keep, make_ready, sweep
from orchestration.publish.live import go_live, live_release
from orchestration.publish.manifest import ReleaseManifest, read_manifests, release_folder
from orchestration.publish.parquet import SUFFIX
from orchestration.publish.privacy import published_classes
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
    anonymous: Mapping[str, str]
    """What stands for each of those who were named from now on."""
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
    """Who is being forgotten."""

    path: Path

    def read(self) -> tuple[str, ...]:
        """Whom a forgetting that was cut short was about; empty where none was."""
        content = read_state(self.path) or {}
        # Earlier versions forgot one customer at a time.
        who = content.get("who", [content["customer"]] if "customer" in content else [])
        if not isinstance(who, list) or not all(isinstance(one, str) for one in who):
            raise damaged(self.path, "it names no customer")
        return tuple(who)

    def write(self, who: Sequence[str]) -> None:
        """Keep it, whole."""
        write_state(self.path, {"who": list(who)})

    def end(self) -> None:
        """Nothing is under way any more."""
        self.path.unlink()
        flush(self.path.parent)


def forget(company: Company, *who: str) -> Outcome:
    """Forget those who are named by id or e-mail address.

    Raises ConfigurationError where one of them is nobody or shares an address with somebody who is not named,
    PublishRefused where a reader has the published file open for writing.

    The build file comes last: as long as it knows the customer, the rest can be found again. One that was cut
    short is finished first, whoever comes next: another forgetting, or a run.
    """
    make_ready(company)
    settle_build(company)
    journal = _Journal(company.work / _JOURNAL)
    try:
        begun = journal.read()
    except DamagedFile:
        # A run stops there and asks for the customer that was under way: this is the answer.
        begun = ()
    if begun and begun != who:
        forget(company, *begun)
    before = read_forgotten(company.warehouse)
    subject = find_subject(company, who, before)
    forgotten = subject.listed(before)
    write_forgotten(company.warehouse, forgotten)
    journal.write(who)
    rewriter = Rewriter(subject, forgotten, published_classes(company_manifest(company)))
    with engine() as connection:
        words: frozenset[str] = frozenset()
        if subject.texts and company.published_file.is_file():
            words = words_of_the_data(connection, company.published_file.resolve(), rewriter)
        telling = tuple(text for text in subject.texts if text not in words)
        changed = _rewrite_releases(connection, company, rewriter)
        changed |= rewrite_closes(
            company, lambda old, new: rewrite(connection, old, new, rewriter, PUBLISHED_STORAGE)
        )
        changed |= _rewrite_pages(company, rewriter, telling)
        forget_own(company)
        # What can be made again goes as a whole.
        for made in (company.work / "dbt", company.past_files, company.work / "past", company.finished_runs):
            shutil.rmtree(made, ignore_errors=True)
        _drop_history(company, Search(telling, subject.ids))
        changed |= _rewrite_build(connection, company, rewriter)
        journal.end()
        left = tuple(_left(connection, company, rewriter, telling))
    extracts = tuple(_in_extracts(company, subject, telling))
    anonymous = {one: forgotten.anonymous(one) for one in subject.named}
    return Outcome(subject, anonymous, changed, left, extracts, len(words))


def finish_forgetting(company: Company) -> None:
    """Finish a forgetting that was cut short, if one was. An earlier version did not say whose it was."""
    if who := _Journal(company.work / _JOURNAL).read():
        forget(company, *who)


def _rewrite_releases(
    connection: duckdb.DuckDBPyConnection, company: Company, rewriter: Rewriter
) -> dict[str, int]:
    """Write each release that tells of the subject anew, as its next revision.

    Its files change places in one step: the published one by the pointer, the others with their folder.
    """
    changed: dict[str, int] = {}
    live = live_release(company)
    for release in read_manifests(company):
        with fresh_release(company) as fresh:
            rows = _rewrite_release(connection, release_folder(company, release), release, rewriter, fresh)
            if rows:
                release = keep(company, release, fresh)
        if release.release_id == live:
            go_live(company, release)
        changed |= {f"releases/{release.release_id}/{name}": count for name, count in rows.items()}
    sweep(company)
    return changed


def _rewrite_release(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    release: ReleaseManifest,
    rewriter: Rewriter,
    fresh: Path,
) -> dict[str, int]:
    """The release in a new folder; the number of rows changed by file. Without any it is not whole."""
    changed: dict[str, int] = {}
    # A file that was lost holds nobody; it is for the rollback to refuse its release.
    names = [name for name in release.checksums if (folder / name).is_file()]
    for name in names:
        (fresh / name).parent.mkdir(exist_ok=True)
        if name.endswith(_TABLES) and (
            rows := rewrite(connection, folder / name, fresh / name, rewriter, PUBLISHED_STORAGE)
        ):
            changed[name] = rows
    for name in names if changed else ():
        if name not in changed:
            link_or_copy(folder / name, fresh / name)
    return changed


def _rewrite_pages(company: Company, rewriter: Rewriter, telling: tuple[str, ...]) -> dict[str, int]:
    changed = {}
    search = Search(telling, rewriter.subject.ids)
    # An id may hold a name; it goes as a whole.
    known = {one: rewriter.forgotten.anonymous_id(one) for one in rewriter.subject.ids}
    known |= dict.fromkeys(telling, "forgotten")
    folders = (company.pages, company.morning_pages, company.board_pages)
    for page in sorted(page for folder in folders for page in folder.glob("*.html")):
        before = page.read_text(encoding="utf-8")
        text = search.replaced(before, known)
        if text != before:
            replace_text(company.work / "page.part", page, text)
            changed[page.relative_to(company.warehouse).as_posix()] = 1
    return changed


def _drop_history(company: Company, search: Search) -> None:
    """Remove the history of runs where one of them tells of the subject, as among the rows of a rule.

    It lies in databases that a server holds open, and no table of it can be written anew row by row.
    """
    home = company.own_dagster_home
    if any(search.holds(path) for path in sorted(home.rglob("*")) if path.is_file()):
        shutil.rmtree(home)


def _rewrite_build(
    connection: duckdb.DuckDBPyConnection, company: Company, rewriter: Rewriter
) -> dict[str, int]:
    part = company.work / "forget-build.duckdb"
    remove_database(part)
    rows = rewrite(connection, company.build_file, part, rewriter, BUILD_STORAGE, _KEPT_SCHEMAS)
    if not rows:
        return {}
    flush(part)
    part.replace(company.build_file)
    return {".work/build.duckdb": rows}


def _left(
    connection: duckdb.DuckDBPyConnection, company: Company, rewriter: Rewriter, telling: tuple[str, ...]
) -> Iterator[str]:
    """The files of the warehouse that still hold the subject: in a row, or anywhere among their bytes."""
    # A table's rows tell ids apart from longer ones; among its bytes nothing stands between two values.
    in_tables, elsewhere = Search(telling), Search(telling, rewriter.subject.ids)
    for path in _files(company.warehouse):
        # Words of the product, never of a company: a customer called Trial is in none of them.
        if path.name in DOCUMENTS:
            continue
        is_table = path.suffix in _TABLES
        in_rows = is_table and count_left(connection, path, rewriter)
        if in_rows or (in_tables if is_table else elsewhere).holds(path):
            yield path.relative_to(company.warehouse).as_posix()


def _in_extracts(company: Company, subject: Subject, telling: tuple[str, ...]) -> Iterator[str]:
    native = (one.partition(":")[2] for one in subject.ids)
    search = Search(telling, tuple(one for one in native if len(one) >= _SHORTEST_ID))
    for path in _files(company.extracts):
        if search.holds(path):
            yield path.relative_to(company.extracts).as_posix()


def _files(folder: Path) -> list[Path]:
    """Every file with something in it; one with two names by the first of them."""
    known: dict[tuple[int, int], Path] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        status = path.stat()
        if status.st_size:
            known.setdefault((status.st_dev, status.st_ino), path)
    return list(known.values())
