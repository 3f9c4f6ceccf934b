"""The labels of a company's own stages and types, said in company.yml and read like those of the mapping."""

from collections.abc import Iterator, Mapping

from orchestration.errors import ConfigurationError
from orchestration.landing.language import ColumnMapping, FileMapping, SourceMapping
from orchestration.landing.mapping import nearest

Labels = Mapping[str, Mapping[str, str]]
"""Column: label to value. `stage` says what a stage means for the outcome of a deal."""

_MEANT = {"stage": "outcome"}


def with_labels(mapping: SourceMapping, labels: Labels, source: str) -> SourceMapping:
    """The mapping with further labels. Raises ConfigurationError for a column or a value that is none."""
    known = sorted({key for file in mapping.files for key, _ in _labelled(file)})
    for key in labels:
        if key not in known:
            raise ConfigurationError(
                f"source {source}: labels.{key}: its mapping reads no such column by labels; "
                f"{nearest(key, known) if known else 'it reads none'}"
            )
    files = [_extended(file, labels, source) for file in mapping.files]
    return mapping.model_copy(update={"files": files})


def _labelled(file: FileMapping) -> Iterator[tuple[str, str]]:
    """(key of `labels`, column) of the columns that an entry reads by the labels of a map."""
    for name, column in file.columns.items():
        canonical = file.canonical.column(name)
        if column.map and canonical is not None and canonical.kind in ("enum", "text"):
            yield name, name
            # A CRM with a status beside its stages tells the outcome by the status, whatever the stage says.
            told_by = (key for key, meant in _MEANT.items() if meant == name and key in file.columns)
            yield from ((key, name) for key in told_by if {*file.columns[key].from_} & {*column.from_})


def _extended(file: FileMapping, labels: Labels, source: str) -> FileMapping:
    columns = dict(file.columns)
    for key, name in _labelled(file):
        for label, value in labels.get(key, {}).items():
            canonical = file.canonical.column(name)
            if canonical is not None and canonical.allowed and value not in canonical.allowed:
                raise ConfigurationError(
                    f"source {source}: labels.{key}: '{label}' can't mean '{value}'; "
                    f"{nearest(value, canonical.allowed)}"
                )
        columns[name] = _with_map(columns[name], labels.get(key, {}))
    return file.model_copy(update={"columns": columns})


def _with_map(column: ColumnMapping, labels: Mapping[str, str]) -> ColumnMapping:
    return column.model_copy(update={"map": {**(column.map or {}), **labels}}) if labels else column
