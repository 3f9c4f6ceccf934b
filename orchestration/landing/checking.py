"""What `saas-metrics mapping check` does: one file through the whole reader. Nothing is written anywhere."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.landing.builtin import CANONICAL, canonical_file, canonical_mapping
from orchestration.landing.files import FileRead, open_file, read_opened
from orchestration.landing.findings import Finding, Verdict
from orchestration.landing.language import FileMapping, SourceMapping
from orchestration.landing.mapping import load_mapping
from orchestration.landing.matching import entries_for, is_ignored, unread, zone_problems
from orchestration.landing.shaping import Shaped
from orchestration.machine.sql import quoted
from orchestration.machine.wording import counted

_FINDINGS_SHOWN = 1000
_ROWS_SHOWN = 3


@dataclass(frozen=True)
class CheckReport:
    """The verdict on one file, as `saas-metrics mapping check` shows it. Rows count over all tables fed."""

    verdict: str
    rows_accepted: int
    findings: tuple[Finding, ...]
    tables: tuple[tuple[str, int, int], ...] = ()
    preview: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether a run would load the file."""
        return self.verdict in ("accept", "warn")

    def as_json(self) -> dict[str, object]:
        """The report as an object for JSON: verdict, rows_accepted, findings."""
        findings = [
            {"code": f.code, "line": f.line, "column": f.column, "value": f.value, "message": f.message}
            for f in self.findings
        ]
        return {"verdict": self.verdict, "rows_accepted": self.rows_accepted, "findings": findings}

    def as_text(self) -> str:
        """The report for a person: the verdict, the rows of each table, a preview, one line per finding."""
        lines = [f"{self.verdict.replace('_', ' ')}: {counted(self.rows_accepted, 'row')} accepted"]
        lines += [f"  {table}: {good} good, {bad} refused" for table, good, bad in self.tables]
        lines += [f"  {preview}" for preview in self.preview]
        for finding in self.findings:
            place = f"line {finding.line}: " if finding.line is not None else ""
            lines.append(f"  {finding.code} {place}{finding.message}")
        return "\n".join(lines)


def check_file(
    file: Path, mapping: str | Path | SourceMapping = CANONICAL, reporting_timezone: str | None = None
) -> CheckReport:
    """Run the whole reader on one file without a warehouse.

    Without a reporting time zone the mapping's own is taken (UTC where it names none). Raises
    ConfigurationError for a mapping that is wrong.
    """
    file = Path(file)
    if not file.is_file():
        raise ConfigurationError(f"{file} not found: give the path of an extract.")
    builtin = mapping == CANONICAL
    parsed, entries = _entries(file, mapping)
    if parsed is None or not entries:
        return CheckReport("warn", 0, (unread(file.name, parsed),))
    zone = reporting_timezone or parsed.locale.tz or "UTC"
    if problems := zone_problems(parsed, zone):
        raise ConfigurationError("\n".join(problems))
    connection = duckdb.connect()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            opened = open_file(connection, file, parsed, entries, zone, Path(scratch), "checked", builtin)
            return _report(connection, read_opened(connection, opened))
    finally:
        connection.close()


def _entries(
    file: Path, mapping: str | Path | SourceMapping
) -> tuple[SourceMapping | None, list[FileMapping]]:
    """The mapping of a file and its entries for it; the built-in source knows only names of tables."""
    if mapping == CANONICAL:
        entry = canonical_file(file.name)
        return (None, []) if entry is None else (canonical_mapping([entry]), [entry])
    parsed = mapping if isinstance(mapping, SourceMapping) else load_mapping(mapping)
    entries = entries_for(file.name, parsed)
    ignored = is_ignored(file.name, parsed)
    if not entries and len(parsed.files) == 1 and not ignored:
        entries = list(parsed.files)
    return parsed, [] if ignored else entries


def _report(connection: duckdb.DuckDBPyConnection, read: FileRead) -> CheckReport:
    findings = list(read.findings)
    for _, rows in read.shaped:
        listed = connection.execute(
            f"select code, message, line, column_name, value from {quoted(rows.rejects)} order by "
            f"line, column_name, code "
            f"limit {_FINDINGS_SHOWN}"
        ).fetchall()
        findings += [Finding(*row) for row in listed]
    accepted = sum(rows.rows_accepted for _, rows in read.shaped)
    tables = tuple((entry.table, rows.rows_accepted, rows.rows_rejected) for entry, rows in read.shaped)
    loads = read.verdict <= Verdict.WARN
    preview = tuple(line for entry, rows in read.shaped for line in _preview(connection, entry, rows))
    return CheckReport(read.verdict.word, accepted if loads else 0, tuple(findings), tables, preview)


def _preview(connection: duckdb.DuckDBPyConnection, entry: FileMapping, rows: Shaped) -> list[str]:
    """The first good rows for a table, as they would stand in `raw`; columns without a value are left out."""
    chosen = ", ".join(quoted(name) for name in rows.columns)
    found = connection.execute(
        f"select _line, {chosen} from {quoted(rows.table)} order by _line, _element limit {_ROWS_SHOWN}"
    ).fetchall()
    return [
        f"{entry.table}, line {line}: "
        + ", ".join(f"{name}={value}" for name, value in zip(rows.columns, values, strict=True) if value)
        for line, *values in found
    ]
