"""The dbt project as dbt parsed it: kept in a folder of its own, and parsed anew where it may not be right.

Only what this module itself left there is trusted: beside it lies a stamp of the files it was parsed from and
of the files that the parse wrote. A `dbt parse` by hand, another version of dbt or a file that was cut off
changes one of them, and the project is parsed from nothing.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.build.dbt_call import call_dbt
from orchestration.build.templates import keep_templates, read_templates, versions_of_templates
from orchestration.errors import ConfigurationError
from orchestration.machine.disk import stop_if_full
from orchestration.machine.lock import exclusive
from orchestration.machine.project import PROJECT, parse_folder

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

# Shared by every company: the manifest says nothing about one of them, since parsing never sees their vars.
TARGET = parse_folder()
FOLDERS = ("models", "macros", "seeds", "tests/dbt")
_FILES = ("dbt_project.yml", "profiles.yml")
_LOCK, _STAMP = ".parse.lock", "stamp.json"
_JSON, _PARSED, _SEMANTIC = "manifest.json", "partial_parse.msgpack", "semantic_manifest.json"
_TEMPLATES = "templates.marshal"
_LEFT = (_JSON, _PARSED, _SEMANTIC, _TEMPLATES)


def manifest_is_stale() -> bool:
    """Whether the manifest is not that of the project's files as they are now."""
    return _stamped() != _stamp()


def parse() -> "Manifest":
    """The parsed project. No vars are given, so that a changed `as_of` never costs a full parse.

    Raises ConfigurationError where its folder can't be written.
    """
    try:
        TARGET.mkdir(parents=True, exist_ok=True)
        with exclusive(TARGET / _LOCK, wait=True):
            if _stamped().get("written") != _written():
                # Somebody else wrote here, or a parse was broken off: dbt would go on from what it left.
                for left in (*_LEFT, _STAMP):
                    (TARGET / left).unlink(missing_ok=True)
            before = _read_from()
            read_templates(TARGET / _TEMPLATES)
            result = call_dbt(["parse"], target=TARGET, logs=TARGET / "logs", environment={})
            keep_templates(TARGET / _TEMPLATES, result.result)
            stamp = {"read": before, "written": _written()}
            (TARGET / _STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    except OSError as error:
        stop_if_full(str(error), TARGET)
        raise ConfigurationError(
            f"{TARGET}: the parsed dbt project can't be written there ({error.strerror}). Give yourself the "
            "right to write to this folder, or name another in XDG_CACHE_HOME, and run again."
        ) from error
    return result.result


def parsed() -> "Manifest":
    """The project as dbt parsed it, read back while it is that of the project's files."""
    from dbt.contracts.graph.manifest import Manifest

    if manifest_is_stale():
        return parse()
    # Another process may be writing it at this moment.
    with exclusive(TARGET / _LOCK, wait=True):
        manifest = Manifest.from_msgpack((TARGET / _PARSED).read_bytes())
        read_templates(TARGET / _TEMPLATES)
    manifest.build_flat_graph()
    return manifest


def read_manifest() -> dict[str, Any]:
    """The manifest as JSON, parsed anew where it is not that of the project's files.

    All who ask are given the same one, so none of them changes it.
    """
    if manifest_is_stale():
        parse()
    with exclusive(TARGET / _LOCK, wait=True):
        return _read_json(_written())


# A run asks five times, and each time costs as much as its smallest step.
@lru_cache(maxsize=1)
def _read_json(written: str) -> dict[str, Any]:
    """The manifest as the files of this stamp hold it."""
    content: dict[str, Any] = json.loads((TARGET / _JSON).read_text(encoding="utf-8"))
    return content


def read_semantic_manifest() -> dict[str, Any]:
    """The semantic models and metrics of the project as MetricFlow reads them."""
    if manifest_is_stale():
        parse()
    with exclusive(TARGET / _LOCK, wait=True):
        content: dict[str, Any] = json.loads((TARGET / _SEMANTIC).read_text(encoding="utf-8"))
    return content


def checksums_below(manifest: Mapping[str, Any], *marts: str) -> dict[str, str]:
    """The checksum of every model, seed and macro of the project that marts are made of, by its name.

    A macro has its brackets behind it, as where it is called.
    """
    nodes, macros = manifest["nodes"], manifest["macros"]
    wanted = [key for key, node in nodes.items() if node["name"] in marts and node["schema"] == "marts"]
    found: dict[str, str] = {}
    seen: set[str] = set()
    while wanted:
        key = wanted.pop()
        if key in seen:
            continue
        seen.add(key)
        if key in macros and macros[key]["package_name"] == manifest["metadata"]["project_name"]:
            text: str = macros[key]["macro_sql"]
            found[f"{macros[key]['name']}()"] = hashlib.sha256(text.encode()).hexdigest()
        elif key in nodes:
            found[nodes[key]["name"]] = nodes[key]["checksum"]["checksum"]
        one = macros.get(key) or nodes.get(key) or {}
        wanted += [*one.get("depends_on", {}).get("nodes", ()), *one.get("depends_on", {}).get("macros", ())]
    return found


def path_of(manifest: Mapping[str, Any], name: str) -> str:
    """The file of a model, a seed or a macro, below the project; `name` is that of `checksums_below`."""
    every = [*manifest["nodes"].values(), *manifest["macros"].values()]
    bare = name.removesuffix("()")
    return next((str(one["original_file_path"]) for one in every if one["name"] == bare), "")


def _stamp() -> dict[str, str]:
    return {"read": _read_from(), "written": _written()}


def _stamped() -> dict[str, str]:
    """The stamp of the last parse, empty where there is none that can be read."""
    try:
        stamp: dict[str, str] = json.loads((TARGET / _STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _read_from() -> str:
    """What tells one state of the project's files, and of dbt, from another."""
    versions = "".join(f"{name} {metadata.version(name)}\n" for name in ("dbt-core", "dbt-duckdb"))
    return _digest(versions + versions_of_templates(), _project_files())


def _written() -> str:
    return _digest("", (TARGET / name for name in _LEFT))


def _project_files() -> Iterator[Path]:
    yield from (PROJECT / name for name in _FILES)
    for folder in FOLDERS:
        yield from sorted((PROJECT / folder).rglob("*"))


def _digest(text: str, paths: Iterable[Path]) -> str:
    digest = hashlib.sha256(text.encode())
    for path in paths:
        if path.is_file():
            status = path.stat()
            digest.update(f"{path}\0{status.st_mtime_ns}\0{status.st_size}\n".encode())
        elif not path.is_dir():
            digest.update(f"{path} is missing\n".encode())
    return digest.hexdigest()
