"""What `saas-metrics mapping` does: check one file, draft a mapping. Neither writes anywhere."""

import csv
import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.landing.builtin import CANONICAL, canonical_file, canonical_mapping
from orchestration.landing.canonical import canonical_tables, quoted
from orchestration.landing.matching import entries_for, zone_problems
from orchestration.landing.files import FileRead, read_file
from orchestration.landing.findings import FileRefused, Finding, Verdict
from orchestration.landing.headers import normalised
from orchestration.landing.inspection import inspect
from orchestration.landing.mapping import FileMapping, Format, SourceMapping, load_mapping

_FINDINGS_SHOWN = 1000


@dataclass(frozen=True)
class CheckReport:
    """The verdict on one file, as `saas-metrics mapping check` shows it. Rows count over all tables fed."""

    verdict: str
    rows_accepted: int
    findings: tuple[Finding, ...]
    tables: tuple[tuple[str, int, int], ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether a run would load the file."""
        return self.verdict in ("accept", "warn")

    def as_json(self) -> str:
        """The report as one JSON object."""
        findings = [
            {"code": f.code, "line": f.line, "column": f.column, "value": f.value, "message": f.message}
            for f in self.findings
        ]
        return json.dumps(
            {"verdict": self.verdict, "rows_accepted": self.rows_accepted, "findings": findings},
            ensure_ascii=False,
        )


def check_file(
    file: Path, mapping: str | Path | SourceMapping = CANONICAL, reporting_timezone: str | None = None
) -> CheckReport:
    """Run the whole reader on one file without a warehouse.

    Without a reporting time zone the mapping's own is taken (UTC where it names none). Raises
    ConfigurationError for a mapping that is wrong or that has no entry for the file.
    """
    file = Path(file)
    if not file.is_file():
        raise ConfigurationError(f"{file} not found: give the path of an extract.")
    builtin = mapping == CANONICAL
    parsed, entries = _entries(file, mapping)
    zone = reporting_timezone or parsed.locale.tz or "UTC"
    if problems := zone_problems(parsed, zone):
        raise ConfigurationError("\n".join(problems))
    connection = duckdb.connect()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            read = read_file(connection, file, parsed, entries, zone, Path(scratch), "checked", builtin)
            return _report(connection, read)
    finally:
        connection.close()


def _entries(file: Path, mapping: str | Path | SourceMapping) -> tuple[SourceMapping, list[FileMapping]]:
    if mapping == CANONICAL:
        entry = canonical_file(file.name)
        if entry is None:
            names = ", ".join(canonical_tables())
            raise ConfigurationError(
                f"{file.name} is not named after a canonical table ({names}); give a mapping."
            )
        return canonical_mapping({file.name: entry}), [entry]
    parsed = mapping if isinstance(mapping, SourceMapping) else load_mapping(mapping)
    entries = entries_for(file.name, parsed)
    if not entries and len(parsed.files) == 1:
        entries = list(parsed.files)
    if not entries:
        patterns = ", ".join(pattern for entry in parsed.files for pattern in entry.match)
        raise ConfigurationError(f"no entry of the mapping matches {file.name}; its patterns are {patterns}.")
    return parsed, entries


def _report(connection: duckdb.DuckDBPyConnection, read: FileRead) -> CheckReport:
    findings = list(read.findings)
    for _, rows in read.shaped:
        listed = connection.execute(
            f"select code, message, line, column_name, value from {quoted(rows.rejects)} order by line, column_name, code "
            f"limit {_FINDINGS_SHOWN}"
        ).fetchall()
        findings += [Finding(*row) for row in listed]
    accepted = sum(rows.rows_accepted for _, rows in read.shaped)
    tables = tuple((entry.table, rows.rows_accepted, rows.rows_rejected) for entry, rows in read.shaped)
    loads = read.verdict <= Verdict.WARN
    return CheckReport(read.verdict.word, accepted if loads else 0, tuple(findings), tables)
