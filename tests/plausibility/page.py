"""The generated parts of docs/quality.md: every rule with its threshold, and what playing days gave."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from orchestration.build.manifest import read_manifest
from orchestration.machine.project import PROJECT
from orchestration.quality.changes import COMPARED
from orchestration.quality.rule import Rule
from orchestration.quality.suites import marts, plausibility, raw
from orchestration.settings import SAMPLE_COMPANY, load_company
from orchestration.settings.rules import SETTINGS, plausibility_rules

PAGE = PROJECT / "docs" / "quality.md"
NIGHT = datetime(2025, 7, 1, tzinfo=UTC)


def write_rules(page: Path = PAGE) -> None:
    """Write the part that lists the rules."""
    _write(page, "rules", rules_part())


def write_rates(
    honest: Mapping[str, int],
    alarms: Mapping[str, int],
    tried: Mapping[str, int],
    found: Mapping[str, int],
    companies: int,
    page: Path = PAGE,
) -> None:
    """Write the part that tells what was found and what was said of honest days."""
    lines = [
        f"Honest days played: {honest['raw']} of {companies} companies at the raw gate, "
        f"{honest['marts']} at the mart gate. False alarms: {sum(alarms.values())}.",
        "",
        *(f"- {rule}: {days}" for rule, days in sorted(alarms.items())),
        "| corruption | found / tried |",
        "| --- | --- |",
        *(f"| {says} | {found.get(says, 0)} / {times} |" for says, times in tried.items()),
        f"| **all** | {sum(found.values())} / {sum(tried.values())} |",
    ]
    _write(page, "rates", lines)
    write_rules(page)


def rules_part() -> list[str]:
    """Every rule of both gates, those that compare with before first."""
    company = load_company(SAMPLE_COMPANY)
    compared = plausibility.rules(company, NIGHT, None, frozenset(COMPARED))
    made = _once(raw.rules(company, NIGHT))
    built = sorted(marts.rules(read_manifest()), key=lambda rule: (rule.table, rule.name))
    return [
        "### What a run brought against what was there before (raw gate)",
        "",
        *_table(compared),
        "",
        "### What was delivered, by itself (raw gate)",
        "",
        *_table(made),
        "",
        "### What was built (mart gate)",
        "",
        *_table(built),
    ]


def _once(rules: Iterable[Rule]) -> list[Rule]:
    """One rule of each name: many are asked of every table, of other columns each."""
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        found.setdefault(rule.name, []).append(rule)
    return [
        replace(
            first,
            says=f"{first.says} (of {first.table}, and so of {len(more)} other tables)"
            if more
            else first.says,
        )
        for first, *more in found.values()
    ]


def _table(rules: Iterable[Rule]) -> Iterator[str]:
    yield "| rule | default | threshold | holds if |"
    yield "| --- | --- | --- | --- |"
    for rule in rules:
        yield f"| `{rule.name}` | {rule.severity} | {_threshold(rule.name)} | {rule.says} |"


def _threshold(name: str) -> str:
    if name in SETTINGS:
        return f"`quality.{SETTINGS[name]}`"
    limit = plausibility_rules().get(name, {}).get("threshold")
    return f"{limit['default']}: {limit['means']}" if limit else ""


def _write(page: Path, part: str, lines: Iterable[str]) -> None:
    text = page.read_text(encoding="utf-8")
    begin, end = f"<!-- {part}: written by make quality -->", f"<!-- end of {part} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    body = "\n".join(lines)
    page.write_text(pattern.sub(lambda _: f"{begin}\n{body}\n{end}", text), encoding="utf-8")
