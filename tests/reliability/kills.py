"""Rounds of kills over one warehouse, and what has to hold after each of them."""

import importlib
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from reliability import company as whole
from reliability import publishing
from reliability.killing import Ended, in_process

from orchestration.build.manifest import read_manifest as read_models
from orchestration.closes.verify import whole_chain
from orchestration.machine.checksums import sha256
from orchestration.machine.duckdb_files import open_build_read_only
from orchestration.publish.live import live_folder
from orchestration.publish.manifest import read_manifest, read_manifests, release_folder
from orchestration.settings import Company, load_company

# What a verb says that was started where it has nothing to do: no kill, and no fault.
_REFUSALS = (
    "no release before the published one is kept",
    "has not passed since the build file changed last",
    "deliveries that",
    "holds no backup",
    "does not know what was closed or opened last",
)
# What was published and closed before a customer left the list, kills decide.
_OF_THE_KILLS = ("fct_changes_since_release", "fct_mrr_reported", "fct_mrr_restatements")

# What a run imports as it goes: once, before it is forked.
_IMPORTED = ("dbt.cli.main", "dbt.adapters.duckdb.connections", "great_expectations", "dagster")


@dataclass(frozen=True)
class Scene:
    """A company, the verbs that are killed over it and how often each has its turn, and what ends a round."""

    make: Callable[[Path], Company]
    verbs: Mapping[str, Callable[[Company], None]]
    often: Mapping[str, int]
    end: tuple[str, ...]
    in_a_round: int


SCENES: Mapping[str, Scene] = {
    # A whole run takes as long as ten of the others.
    "the whole pipeline": Scene(
        whole.make,
        whole.VERBS,
        {"run": 3, "publish": 4, "rollback": 3, "forget": 4, "close": 4, "backup": 3, "restore": 3},
        # A month is closed from a release that knows what is closed, and shown by the run behind it.
        ("forget", "run", "close", "run"),
        20,
    ),
    "publishing alone": Scene(
        publishing.make, publishing.VERBS, {"publish": 3, "rollback": 1}, ("publish",), 50
    ),
}


@dataclass
class Kills:
    """What was tried, by verb, and what went wrong."""

    done: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    rounds: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many kills there were."""
        return self.done.total()


@dataclass(frozen=True)
class _Reference:
    """The company before, what each verb took when nobody killed it, and what the end of a round gives."""

    folder: Path
    measured: dict[str, Ended]
    published: dict[str, list[Any]]


def kill(scene: Scene, folder: Path, times: int, seed: int) -> Iterator[Kills]:
    """Kill `times` processes in rounds; what is known so far, after each round."""
    chance, told = random.Random(seed), Kills()
    reference = _prepared(scene, folder)
    while told.total < times:
        company = _copy(reference.folder, folder / "round")
        before = _told(in_process(partial(_held, company)))
        for _ in range(min(scene.in_a_round, times - told.total)):
            verb, fault = _kill_one(scene, company, reference, chance)
            told.done[verb] += 1
            fault = fault or _looked_at(company, before)
            told.right[verb] += not fault
            if fault:
                told.wrong.append(f"seed {seed}, kill {told.total} ({verb}): {fault}")
        told.rounds += 1
        if fault := _ended(scene, company, reference):
            told.wrong.append(f"seed {seed}, round {told.rounds}: {fault}")
        yield told


def _prepared(scene: Scene, folder: Path) -> _Reference:
    for module in _IMPORTED:
        importlib.import_module(module)
    read_models()
    made = folder / "before"
    _told(in_process(partial(scene.make, made)))
    measured = {}
    for verb, work in scene.verbs.items():
        company = _copy(made, folder / "measured")
        measured[verb] = _ran(in_process(partial(work, company)))
    company = _copy(made, folder / "undisturbed")
    for verb in scene.end:
        _told(in_process(partial(scene.verbs[verb], company)))
    return _Reference(made, measured, _told(in_process(partial(_published, company))))


def _kill_one(
    scene: Scene, company: Company, reference: _Reference, chance: random.Random
) -> tuple[str, str]:
    """Start verbs until one is killed, before one of its changes or after a time; what failed instead."""
    while True:
        verb = chance.choices(list(scene.often), list(scene.often.values()))[0]
        work, usual = partial(scene.verbs[verb], company), reference.measured[verb]
        if chance.random() < 0.5:
            ended = in_process(work, fatal=chance.randint(1, usual.changes))
        else:
            ended = in_process(work, seconds=chance.uniform(0, usual.seconds))
        if ended is None:
            return verb, ""
        if ended.failure and not any(refusal in ended.failure for refusal in _REFUSALS):
            return verb, ended.failure


def _looked_at(company: Company, before: tuple[Any, ...]) -> str:
    """What is wrong after a kill; nothing where readers see one whole set and nothing is lost."""
    looked = in_process(lambda: _whole(company) or _lost(company, before))
    return "the look itself was killed" if looked is None else looked.failure or looked.value


def _whole(company: Company) -> str:
    """Whether the open file, the restricted one and the Parquet files are those of one kept release."""
    folder = live_folder(company)
    release = read_manifest(folder) if folder else None
    if release is None:
        return "the pointer leads to no release"
    for name, checksum in release.checksums.items():
        if sha256(company.warehouse / name) != checksum:
            return f"{name} is not the file of the published release {release.release_id}"
    with duckdb.connect(str(company.published_file), read_only=True) as connection:
        newest = "select max_by(release_id, published_at) from audit.releases"
        told = connection.execute(newest).fetchall()
    return "" if told == [(release.release_id,)] else f"the open file says that it is {told[0][0]}"


def _held(company: Company) -> tuple[Any, ...]:
    with open_build_read_only(company) as connection:
        deliveries = connection.execute("select delivery_id, file from audit.deliveries").fetchall()
        rows = connection.execute("select count(*) from raw.subscription_items").fetchall()[0][0]
    chain = whole_chain(company).hashes
    return [release.release_id for release in read_manifests(company)], deliveries, rows, chain


def _lost(company: Company, before: tuple[Any, ...]) -> str:
    releases, deliveries, rows, chain = _held(company)
    gone = [one for one in before[0] if one not in releases]
    if gone and len(releases) < company.publish.keep:
        return f"the releases {gone} are gone"
    if gone := [one for one in before[1] if one not in deliveries]:
        return f"the deliveries {gone} are gone"
    if rows < before[2]:
        return f"{before[2] - rows} raw rows are gone"
    if chain[: len(before[3])] != before[3]:
        return "records of the chain of closes are gone"
    for release in read_manifests(company):
        for name, checksum in release.checksums.items():
            if sha256(release_folder(company, release) / name) != checksum:
                return f"{release.release_id}/{name} is not what its manifest says"
    return ""


def _ended(scene: Scene, company: Company, reference: _Reference) -> str:
    """The verbs that end a round; what is then published is what it would have been without a kill."""
    for verb in scene.end:
        ended = in_process(partial(scene.verbs[verb], company))
        if ended is None or ended.failure:
            return f"{verb} after the kills: {ended.failure if ended else 'killed'}"
    looked = in_process(lambda: (_published(company), _left(company)))
    if looked is None or looked.failure:
        return looked.failure if looked else "the look itself was killed"
    published, left = looked.value
    differ = [name for name, rows in reference.published.items() if published.get(name) != rows]
    if differ or set(published) != set(reference.published):
        return f"other rows than a run that was never killed in {', '.join(differ)}"
    return f"left over: {', '.join(left)}" if left else ""


def _published(company: Company) -> dict[str, list[Any]]:
    """Every row of every mart, and of raw."""
    told: dict[str, list[Any]] = {}
    for path, schema in ((company.published_file, "marts"), (company.build_file, "raw")):
        with duckdb.connect(str(path), read_only=True) as connection:
            named = connection.execute(
                "select table_name from duckdb_tables() where schema_name = ? order by 1", [schema]
            ).fetchall()
            for (name,) in named:
                if name not in _OF_THE_KILLS:
                    rows = connection.execute(f'from {schema}."{name}"').fetchall()
                    told[f"{schema}.{name}"] = sorted(map(repr, rows))
    return told


def _left(company: Company) -> list[str]:
    """What no later verb would remove: half-made files and folders."""
    known = {release.folder_name for release in read_manifests(company)}
    kept = [path.name for path in (company.warehouse / "releases").iterdir() if path.name not in known]
    parts = [path.name for path in company.warehouse.rglob("*.part")]
    begun = [path.name for path in (*company.work.glob("forget*"), *company.warehouse.glob("closes/.fresh"))]
    return [*kept, *parts, *begun]


def _copy(folder: Path, target: Path) -> Company:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target, symlinks=True)
    return load_company(target / "company.yml")


def _ran(ended: Ended | None) -> Ended:
    if ended is None or ended.failure:
        raise RuntimeError(ended.failure if ended else "a process that nobody killed was killed")
    return ended


def _told(ended: Ended | None) -> Any:
    return _ran(ended).value
