"""A draft of a mapping for files that nobody has mapped yet, for a person to read and complete.

What the files tell by usual names and values is filled in. What they do not tell is a comment that begins
with CHECK, and a `"?"` where a run could not do without it: the reader refuses that, so nothing is taken
silently.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shlex import quote

from orchestration.errors import ConfigurationError
from orchestration.landing.canonical import CanonicalTable, canonical_tables
from orchestration.landing.draft_columns import Columns, Said
from orchestration.landing.draft_values import Numbers, number_marks
from orchestration.landing.samples import Sample, sampled
from orchestration.landing.usual_names import likeliest_table, plain, usual_columns
from orchestration.machine.wording import counted

CHECK = "# CHECK: "
_DIGITS = re.compile(r"[-_ ]?[0-9][-_0-9TZ]*")
_SUBSCRIBED = ("subscriptions", "subscription_items")
_NUMBERS = ("money", "price", "decimal", "integer")
_READ = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet")


@dataclass(frozen=True)
class Draft:
    """The YAML of a draft, and how many questions in it wait for an answer."""

    text: str
    questions: int
    first_file: Path

    @property
    def next_step(self) -> str:
        """What a person does with it."""
        asked = "nothing" if not self.questions else f"{counted(self.questions, 'question')}, marked CHECK"
        return (
            f"It asks {asked}. Keep the draft in a file, read it through, then see what it makes of the "
            f"data: saas-metrics mapping check {quote(str(self.first_file))} --mapping YOURS.yml"
        )


def suggest_mapping(*paths: Path) -> Draft:
    """Draft one mapping for the files of a source; a folder stands for the files in it.

    Raises ConfigurationError for a file that can't be read.
    """
    samples = [sampled(file) for path in paths for file in _files(path)]
    drafted = [
        _Drafted(sample, tuple(Columns(sample, table) for table in _tables(sample))) for sample in samples
    ]
    main = next((one for one in drafted if one.numbers.is_told), drafted[0])
    whose = paths[0] if paths[0].is_dir() else samples[0].path
    lines = [
        "# A draft: answer each CHECK, and see what is not mapped. docs/adding-a-source.md tells every key.",
        f"source: {{name: {plain(whose.stem) or 'mine'}, system: unknown, kind: billing}}",
        f"locale: {main.locale(main)}",
        "files:",
    ]
    for one in drafted:
        lines += one.lines(main)
    text = "\n".join(lines) + "\n"
    telling = next((one for one in drafted if one.tables[-1].table.name == _SUBSCRIBED[-1]), main)
    return Draft(text, text.count(CHECK), telling.sample.path)


def _files(path: Path) -> list[Path]:
    """The files that one path stands for: of a folder, the newest of each table."""
    if not path.is_dir():
        return [path]
    found = [one for one in sorted(path.rglob("*")) if one.is_file() and one.suffix.lower() in _READ]
    if not found:
        raise ConfigurationError(
            f"{path} holds no file to draft from. Put the exports there, as CSV, JSON lines or Parquet."
        )
    return list({_stem(one): one for one in found}.values())


def _stem(file: Path) -> str:
    """The name of a file without its date: files that differ in that alone are deliveries of one table."""
    return _DIGITS.sub("", file.name.split(".")[0]).strip("-_ ") or file.stem


@dataclass(frozen=True)
class _Drafted:
    """One file with the tables that it feeds."""

    sample: Sample
    tables: tuple[Columns, ...]

    @cached_property
    def numbers(self) -> Numbers:
        """The marks in its numbers."""
        names = dict.fromkeys(
            columns.found[column.name]
            for columns in self.tables
            for column in columns.table.columns
            if column.kind in _NUMBERS and column.name in columns.found
        )
        return number_marks(value for name in names for value in self.sample.values(name))

    @cached_property
    def date_format(self) -> str:
        """The format of its dates, where all have one; `iso` else."""
        formats = {dates.format for columns in self.tables for dates in columns.dated.values()} - {""}
        return formats.pop() if len(formats) == 1 else "iso"

    def locale(self, main: "_Drafted") -> str:
        """How it writes numbers and dates; without numbers that tell, as the main file does."""
        return _locale(self.numbers if self.numbers.is_told else main.numbers, self.date_format)

    def lines(self, main: "_Drafted") -> Iterator[str]:
        """What the draft says of the file, an entry for each table."""
        has_dates = any(columns.dated for columns in self.tables)
        differs = has_dates and self.locale(main) != main.locale(main)
        mapped: set[str] = set()
        for place, columns in enumerate(self.tables):
            yield from self._head(columns, self.locale(main) if differs else None)
            if place == 0:
                yield from (f"      {CHECK}{_printable(doubt)}" for doubt in self.numbers.doubts)
            for said in columns.said(self.date_format):
                mapped |= set(said.names)
                yield from _written(said)
        left = [name for name in self.sample.names if name and name not in mapped]
        yield from (f"      # not mapped: {_printable(name)}" for name in left)

    def _head(self, columns: Columns, locale: str | None) -> Iterator[str]:
        layout, path = self.sample.layout, self.sample.path
        skipped = f", skip_rows: {layout.skip_rows}" if layout.skip_rows else ""
        as_csv = f", delimiter: {json.dumps(layout.delimiter)}, encoding: {layout.encoding}{skipped}"
        yield f"  - table: {columns.table.name}"
        yield f"    match: {json.dumps(f'{_stem(path)}*{path.suffix}', ensure_ascii=False)}"
        yield "    delivery: full_snapshot  # each file lists all there is; delta: only what changed"
        yield f"    format: {{type: {layout.type}{as_csv if layout.type == 'csv' else ''}}}"
        if locale:
            yield f"    locale: {locale}"
        if columns.key:
            yield f"    key: [{', '.join(columns.key)}]  # a line is the state of today, no dated version"
        yield "    columns:"


def _tables(sample: Sample) -> tuple[CanonicalTable, ...]:
    """What a file feeds: who lists subscriptions with their prices tells their items too."""
    table = likeliest_table(_stem(sample.path), sample.names)
    if table.name not in _SUBSCRIBED:
        return (table,)
    subscriptions, items = (canonical_tables()[name] for name in _SUBSCRIBED)
    found = usual_columns(items, sample.names)
    if "unit_amount" not in found:
        return (subscriptions,)
    if "subscription_id" not in found:
        return (items,)
    return (subscriptions, items)


def _locale(numbers: Numbers, date_format: str) -> str:
    thousands = f", thousands: {json.dumps(numbers.thousands)}" if numbers.thousands else ""
    layout = date_format if date_format == "iso" else json.dumps(date_format)
    return f"{{decimal: {json.dumps(numbers.decimal)}{thousands}, format: {layout}}}"


def _printable(text: str) -> str:
    """A text as a comment may have it: on one line, without signs that YAML or a terminal takes amiss."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _written(said: Said) -> Iterable[str]:
    yield from (f"      {CHECK}{_printable(question)}" for question in said.questions)
    yield f"      {said.column}: {said.text}"
