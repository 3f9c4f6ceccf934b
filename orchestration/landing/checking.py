"""What `saas-metrics mapping` does: check one file, draft a mapping. Neither writes anywhere."""

import codecs
import csv
import difflib
import json
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.errors import ConfigurationError
from orchestration.landing.builtin import CANONICAL, canonical_file, canonical_mapping
from orchestration.landing.canonical import CanonicalTable, canonical_tables
from orchestration.landing.files import FileRead, read_file
from orchestration.landing.findings import Finding, Verdict
from orchestration.landing.headers import normalised
from orchestration.landing.language import FileMapping, Format, SourceMapping
from orchestration.landing.mapping import load_mapping
from orchestration.landing.matching import entries_for, is_ignored, unread, zone_problems
from orchestration.landing.shaping import Shaped
from orchestration.machine.sql import quoted

_FINDINGS_SHOWN = 1000
_ROWS_SHOWN = 3
_LINES_SEEN = 20
_DIGITS = re.compile(r"[-_ ]?[0-9][-_0-9TZ]*")


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
        lines = [f"{self.verdict.replace('_', ' ')}: {self.rows_accepted} rows accepted"]
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
            read = read_file(connection, file, parsed, entries, zone, Path(scratch), "checked", builtin)
            return _report(connection, read)
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


def suggest_mapping(file: Path) -> str:
    """Draft a mapping from a file's header: every column named, the canonical ones it resembles filled in.

    The draft is YAML for a person to complete. Raises ConfigurationError for a file that can't be read.
    """
    file = Path(file)
    if not file.is_file():
        raise ConfigurationError(f"{file} not found: give the path of an extract.")
    layout, names = _sampled(file)
    stem = _DIGITS.sub("", file.name.split(".")[0]).strip("-_ ")
    table = max(canonical_tables().values(), key=lambda one: _resemblance(one, stem, names))
    by_name = {_plain(name): name for name in names}
    lines = [
        f"source: {{name: {_plain(file.stem)}, system: unknown, kind: billing}}",
        'locale: {decimal: ".", format: iso}',
        "files:",
        f"  - table: {table.name}",
        f'    match: "{stem or file.stem}*{file.suffix}"',
        "    delivery: full_snapshot",
        f"    format: {{type: {layout.type}, delimiter: {json.dumps(layout.delimiter)}, encoding: "
        f"{layout.encoding}{f', skip_rows: {layout.skip_rows}' if layout.skip_rows else ''}}}",
        "    columns:",
    ]
    for column in table.columns:
        found = by_name.get(_plain(column.name))
        if found is not None or column.required:
            source = json.dumps(found, ensure_ascii=False) if found is not None else '"?"'
            lines.append(f"      {column.name}: {{from: {source}}}")
    used = {_plain(column.name) for column in table.columns}
    lines += [f"      # not mapped: {name}" for name in names if name and _plain(name) not in used]
    return "\n".join(lines) + "\n"


def _resemblance(table: CanonicalTable, stem: str, names: Sequence[str]) -> float:
    """How much a file looks like a table: by its columns' names, and by its own."""
    shared = set(map(_plain, table.names)) & set(map(_plain, names))
    return len(shared) + 2 * difflib.SequenceMatcher(None, _plain(stem), table.name).ratio()


def _plain(name: str) -> str:
    return "_".join(part for part in normalised(name).replace("-", " ").replace(".", " ").split()).strip("_")


def _sampled(file: Path) -> tuple[Format, list[str]]:
    """A draft's layout and names: the first lines decide, and a person confirms."""
    with file.open("rb") as raw:
        head = raw.read(1 << 16)
    if head.startswith(b"PAR1"):
        return Format(type="parquet"), _parquet_names(file)
    try:
        is_wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        encoding, text = ("utf-16", head.decode("utf-16")) if is_wide else ("utf-8", head.decode("utf-8-sig"))
    except UnicodeDecodeError:
        encoding, text = "cp1252", head.decode("cp1252", errors="replace")
    lines = text.splitlines()[:_LINES_SEEN]
    first = next((line for line in lines if line.strip()), "")
    if not first:
        raise ConfigurationError(f"{file.name} is empty: there is no header to draft from.")
    if first.startswith("{"):
        try:
            return Format(type="jsonl"), list(json.loads(first))
        except (ValueError, RecursionError):
            raise ConfigurationError(
                f"{file.name} begins like JSON, but its first line is no JSON object."
            ) from None
    delimiter = max(",;\t|", key=lambda mark: _evenness(lines, mark))
    rows = [[name.strip() for name in row] for row in csv.reader(lines, delimiter=delimiter)]
    # A title above the header names fewer columns than the header does.
    widest = max(sum(map(bool, row)) for row in rows)
    skipped, names = next((n, row) for n, row in enumerate(rows) if sum(map(bool, row)) == widest)
    layout = Format.model_validate({"delimiter": delimiter, "encoding": encoding, "skip_rows": skipped})
    return layout, names


def _evenness(lines: Sequence[str], delimiter: str) -> tuple[int, int]:
    """How many rows have the same number of fields when split there, and that number."""
    widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
    width, rows = max(widths.items(), key=lambda item: (item[0] > 1, item[1], item[0]))
    return (rows, width) if width > 1 else (0, 0)


def _parquet_names(file: Path) -> list[str]:
    connection = duckdb.connect()
    try:
        return [row[0] for row in connection.execute("describe from read_parquet(?)", [str(file)]).fetchall()]
    except duckdb.Error as error:
        raise ConfigurationError(f"{file.name} is not a readable Parquet file: {error}") from error
    finally:
        connection.close()
