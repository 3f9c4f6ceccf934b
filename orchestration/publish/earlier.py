"""A warehouse of an earlier version, or one that was copied without its links, made one of today's.

Earlier versions kept a release as files beside each other and published it as three files that were
replaced one after another. Whatever was published stays so at every moment.
"""

import json
import shutil
from pathlib import Path

from orchestration.machine.checksums import sha256
from orchestration.machine.disk import link_or_copy
from orchestration.publish.live import lead, point_to
from orchestration.publish.manifest import (
    FRESH,
    MANIFEST,
    OPEN,
    PARQUET,
    RESTRICTED,
    read_manifest,
    read_manifests,
    release_folder,
    releases_folder,
)
from orchestration.settings import Company

_ADOPTED = "adopted"
# How the files of a release were called, behind its id.
_EARLIER = {".duckdb": OPEN, ".restricted.duckdb": RESTRICTED, ".parquet": PARQUET}


def adopt_earlier(company: Company) -> None:
    """Give every release of an earlier version its folder, and have the published files be links."""
    old = sorted(releases_folder(company).glob("*.json"))
    for manifest in old:
        _adopt_release(company, manifest)
    if company.published_file.is_file() and not company.published_file.is_symlink():
        _adopt_published(company)
    for manifest in old:
        for suffix in _EARLIER:
            path = manifest.with_name(f"{manifest.stem}{suffix}")
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        manifest.unlink()


def _adopt_release(company: Company, manifest: Path) -> None:
    release_id, releases = manifest.stem, releases_folder(company)
    if read_manifest(releases / release_id):
        return
    fresh = releases / FRESH
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    for suffix, name in _EARLIER.items():
        for path in _files(releases / f"{release_id}{suffix}"):
            target = fresh / name / path.name if suffix == ".parquet" else fresh / name
            target.parent.mkdir(exist_ok=True)
            link_or_copy(path, target)
    (fresh / MANIFEST).write_text(_with_new_names(manifest, release_id), encoding="utf-8")
    fresh.chmod(0o755)
    fresh.replace(releases / release_id)


def _files(path: Path) -> list[Path]:
    return sorted(path.iterdir()) if path.is_dir() else [path] if path.is_file() else []


def _with_new_names(manifest: Path, release_id: str) -> str:
    """A manifest with the names that its files have today; one that can't be read stays so, and is none."""
    text = manifest.read_text(encoding="utf-8", errors="replace")
    try:
        content = json.loads(text)
        named = {_new_name(name, release_id): checksum for name, checksum in content["checksums"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return text
    return json.dumps({**content, "checksums": named}, indent=1, sort_keys=True)


def _new_name(name: str, release_id: str) -> str:
    top, _, file = name.partition("/")
    new = _EARLIER[top.removeprefix(release_id)]
    return f"{new}/{file}" if file else new


def _adopt_published(company: Company) -> None:
    """Point to the release that lies there as files, then have links take the place of the files."""
    published = sha256(company.published_file)
    same = [one for one in read_manifests(company) if one.checksums.get(OPEN) == published]
    folder = release_folder(company, same[0]) if same else _unknown_release(company)
    pointer = company.pointer
    if pointer.is_dir() and not pointer.is_symlink():
        # A copy without links has the published files twice.
        shutil.rmtree(pointer)
    lead(pointer, f"{releases_folder(company).name}/{folder.name}")
    parquet = company.parquet_link.is_symlink() and (folder / PARQUET).is_dir()
    point_to(company, folder.name, [RESTRICTED, *([PARQUET] if parquet else []), OPEN])


def _unknown_release(company: Company) -> Path:
    """A folder with the published files, of which no manifest tells: it goes with the next publication."""
    folder = releases_folder(company) / _ADOPTED
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in (company.published_file, company.restricted_file):
        if path.is_file():
            link_or_copy(path, folder / path.name)
    return folder
