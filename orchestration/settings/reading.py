"""Reads a company file: the one place that does.

Every scalar of the YAML is read as text and typed afterwards, because YAML 1.1 turns `No`, `on`, `012` and
bare dates into something else. What is wrong is a `ConfigurationError` that says what, where and what to do.
"""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from orchestration.errors import ConfigurationError
from orchestration.machine.project import PROJECT
from orchestration.machine.yaml_text import parse_yaml, read_text
from orchestration.settings.activation import Activation
from orchestration.settings.alerts import AlertSettings, EmailSettings, HealthSettings, WebhookSettings
from orchestration.settings.company import BackupSettings, Company, PublishSettings, Schedule
from orchestration.settings.engine import SparkSettings, engine_problems
from orchestration.settings.plan import TARGETS, Note, read_targets
from orchestration.settings.policies import PRESETS, Policies
from orchestration.settings.quality import QualitySettings
from orchestration.settings.rules import rule_problems, without_rule_thresholds
from orchestration.settings.scores import Benchmark, HealthWeights
from orchestration.settings.sentences import sentence, unknown_key
from orchestration.settings.sources import SourceConfig, option_problems

_SECTIONS: dict[tuple[str, ...], type] = {
    (): Company,
    ("sources",): SourceConfig,
    ("policies",): Policies,
    ("health_weights",): HealthWeights,
    ("benchmarks",): Benchmark,
    ("activation",): Activation,
    ("schedule",): Schedule,
    ("quality",): QualitySettings,
    ("publish",): PublishSettings,
    ("backup",): BackupSettings,
    ("spark",): SparkSettings,
    ("alerts",): AlertSettings,
    ("alerts", "webhook"): WebhookSettings,
    ("alerts", "email"): EmailSettings,
    ("health",): HealthSettings,
    ("notes",): Note,
}
NOT_IN_FILE = ("path", "targets", "accepted_drops", "accepted_changes")
"""What a company has and its file may not say."""
_KEYS = {
    section: [f.name for f in fields(kind) if f.name not in NOT_IN_FILE]
    for section, kind in _SECTIONS.items()
}
SAMPLE_COMPANY = PROJECT / "sample" / "company.yml"

# What dbt would take for a template, and what a terminal would take for a command.
_NO_TEXT = re.compile(r"\{\{|\{%|\{#|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def load_company(path: Path | str) -> Company:
    """The company described by a file. Raises ConfigurationError that lists everything wrong in it."""
    path = _absolute(Path(path))
    return read_company(read_text(path), path)


def read_company(text: str, path: Path) -> Company:
    """The company that the text of a file describes; `path` is where it lies, or is to lie.

    Raises ConfigurationError that lists everything wrong in it.
    """
    content = parse_yaml(text, str(path))
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path} holds no settings: write `name: ...`, `sources: ...` as keys.")
    for key in NOT_IN_FILE:
        if key in content:
            raise ConfigurationError(f"{path}: {unknown_key((key,), _KEYS)}")
    _refuse_code(content, path)
    try:
        return TypeAdapter(Company).validate_python(_resolved(content, path))
    except ValidationError as error:
        problems = "\n".join(f"  {sentence(problem, _KEYS)}" for problem in error.errors())
        raise ConfigurationError(f"{path} can't be used; nothing was touched:\n{problems}") from error


def _absolute(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise ConfigurationError(f"{path} can't be followed to a file or folder ({error}).") from error


def _refuse_code(content: Any, path: Path) -> None:
    if told := [f"  {'.'.join(where)}: {text!r}" for where, text in _texts(content) if _NO_TEXT.search(text)]:
        raise ConfigurationError(
            f"{path} can't be used; nothing was touched. A setting is a text, no template and no command of "
            "a terminal: leave out {{, {%, {# and control characters.\n" + "\n".join(told)
        )


def _texts(content: Any, where: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text of a file's content, keys too, with the keys that lead to it."""
    if isinstance(content, str):
        yield where, content
    elif isinstance(content, dict | list):
        for key, value in content.items() if isinstance(content, dict) else enumerate(content):
            yield where, str(key)
            yield from _texts(value, (*where, str(key)))


def _resolved(content: dict[str, Any], path: Path) -> dict[str, Any]:
    """The file's content with paths made absolute and the preset's policies below the explicit ones."""
    targets, wrong = read_targets(path.parent / TARGETS)
    _refuse(wrong, path)
    content = {**content, "path": path, "targets": targets}
    for key in ("extracts", "warehouse", "models"):
        if isinstance(content.get(key), str) and content[key]:
            content[key] = _absolute(path.parent / content[key])
    if isinstance(spark := content.get("spark"), dict):
        content["spark"] = _with_storage(spark, path)
    _refuse(engine_problems(content), path)
    if isinstance(content.get("sources"), list):
        content["sources"] = [_resolved_source(source, path) for source in content["sources"]]
        names = [source.get("name") for source in content["sources"] if isinstance(source, dict)]
        twice = sorted({str(name) for name in names if names.count(name) > 1})
        if twice:
            raise ConfigurationError(
                f"{path}: two sources are called {twice[0]!r}. Give each source its own name."
            )
        _refuse(option_problems(content["sources"]), path)
    preset, policies = PRESETS.get(str(content.get("preset", "default")), {}), content.get("policies", {})
    # An empty section (`policies:` alone) is read as empty text.
    for section in (
        "policies",
        "health_weights",
        "schedule",
        "quality",
        "publish",
        "backup",
        "alerts",
        "health",
    ):
        if content.get(section) == "":
            content[section] = {}
    if isinstance(content.get("policies", {}), dict):
        content["policies"] = {**preset, **(policies or {})}
    if isinstance(quality := content.get("quality"), dict) and quality.get("rules"):
        _refuse(rule_problems(quality), path)
        content["quality"] = without_rule_thresholds(quality)
    return content


def _refuse(problems: list[str], path: Path) -> None:
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise ConfigurationError(f"{path} can't be used; nothing was touched:\n{listed}")


def _with_storage(spark: dict[str, Any], path: Path) -> dict[str, Any]:
    """The section with a whole path; an address is left for the check that refuses it."""
    storage = spark.get("storage")
    if not isinstance(storage, str) or not storage or "://" in storage:
        return spark
    return {**spark, "storage": _absolute(path.parent / storage)}


def _resolved_source(source: Any, path: Path) -> Any:
    mapping = source.get("mapping") if isinstance(source, dict) else None
    if isinstance(mapping, str) and ("/" in mapping or mapping.endswith((".yml", ".yaml"))):
        return {**source, "mapping": str(_absolute(path.parent / mapping))}
    return source
