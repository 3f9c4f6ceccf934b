"""What is asked of the metrics, and whether they can answer it: each refusal says what can be asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, get_args

from orchestration.errors import ConfigurationError
from orchestration.metrics.catalogue import Catalogue, Metric

Grain = Literal["month", "quarter", "year"]
GRAINS: tuple[Grain, ...] = get_args(Grain)


@dataclass(frozen=True)
class Condition:
    """A label that is one of some values, or none of them."""

    label: str
    values: tuple[str, ...]
    is_not: bool = False


@dataclass(frozen=True)
class Question:
    """Metrics by label over a span of months; `since` and `until` are first days of months, both included."""

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    since: date | None = None
    until: date | None = None
    grain: Grain = "month"


@dataclass(frozen=True)
class Request:
    """What MetricFlow is asked at once: metrics whose labels have the same dimensions."""

    metrics: tuple[str, ...]
    group_by: tuple[str, ...]
    where: tuple[str, ...]


def parse_condition(text: str) -> Condition:
    """`country=DE`, `country=DE,FR` or `country!=DE`. Raises ConfigurationError where it is none of them."""
    name, sign, values = text.partition("=")
    is_not = name.endswith("!")
    listed = tuple(value.strip() for value in values.split(",") if value.strip())
    if not sign or not name.rstrip("!").strip() or not listed:
        raise ConfigurationError(f"{text!r} is no condition. Write country=DE, country=DE,FR or country!=DE.")
    return Condition(name.rstrip("!").strip(), listed, is_not)


def parse_month(text: str) -> date:
    """The first day of a month such as 2025-06. Raises ConfigurationError where it is none."""
    try:
        return date.fromisoformat(f"{text}-01" if len(text) == len("2025-06") else text).replace(day=1)
    except ValueError as error:
        raise ConfigurationError(f"{text!r} is no month. Write it as 2025-06.") from error


def requests(catalogue: Catalogue, question: Question) -> list[Request]:
    """The question as MetricFlow is asked it. Raises ConfigurationError where it can't be answered."""
    if not question.metrics:
        raise ConfigurationError("Name a metric. saas-metrics metrics list shows all of them.")
    if question.grain not in GRAINS:
        raise ConfigurationError(f"{question.grain!r} is no span of time. Take {', '.join(GRAINS)}.")
    if question.since and question.until and question.until < question.since:
        raise ConfigurationError(f"{question.until:%Y-%m} is before {question.since:%Y-%m}.")
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], Request] = {}
    for name in dict.fromkeys(question.metrics):
        metric = catalogue.find(name)
        _must_answer(metric, question)
        group_by = (f"metric_time__{question.grain}", *(metric.labels[label].path for label in question.by))
        where = tuple(_where(metric, question))
        known = found.get((group_by, where), Request((), group_by, where))
        found[group_by, where] = replace(known, metrics=(*known.metrics, name))
    return list(found.values())


def _must_answer(metric: Metric, question: Question) -> None:
    asked = (*question.by, *(condition.label for condition in question.where))
    for label in asked:
        if label not in metric.labels:
            raise ConfigurationError(
                f"{metric.name} has no label {label!r}. It has: {', '.join(metric.labels) or 'none'}."
            )
    if len(set(question.by)) < len(question.by):
        raise ConfigurationError(f"A label is named twice: {', '.join(question.by)}.")
    one_value = {one.label for one in question.where if len(one.values) == 1 and not one.is_not}
    for label in metric.needs:
        if label not in question.by and label not in one_value:
            raise ConfigurationError(
                f"{metric.name} says nothing without {label}: split by {label}, or ask for one {label}."
            )
    types = list(dict.fromkeys(label for label in asked if metric.labels[label].segment_type))
    if len(types) > 1:
        raise ConfigurationError(
            f"{metric.name} is known by one segment at a time: ask for one of {', '.join(types)}."
        )
    if metric.is_monthly and question.grain != "month":
        raise ConfigurationError(
            f"{metric.name} is about the months that end with each one, so it is asked by month, not by "
            f"{question.grain}."
        )


def _where(metric: Metric, question: Question) -> Iterable[str]:
    month = "{{ TimeDimension('metric_time', 'month') }}"
    if question.since:
        yield f"{month} >= '{question.since}'"
    if question.until:
        yield f"{month} <= '{question.until}'"
    labels = [
        metric.labels[name] for name in (*question.by, *(condition.label for condition in question.where))
    ]
    if metric.total:
        is_part = any(label.is_part for label in labels)
        yield f"{'not ' if is_part else ''}{_dimension(metric.total)}"
    for segment_type in sorted({label.segment_type for label in labels if label.segment_type}):
        yield f"{_dimension(metric.type_of_segment)} = {_text(segment_type)}"
    for condition in question.where:
        listed = ", ".join(map(_text, condition.values))
        dimension = _dimension(metric.labels[condition.label].path)
        yield f"{dimension} {'not in' if condition.is_not else 'in'} ({listed})"


def _dimension(path: str) -> str:
    return "{{ Dimension('" + path + "') }}"


def _text(value: str) -> str:
    """A value as SQL text that MetricFlow's templates leave as it is."""
    quoted: Sequence[str] = value.replace("'", "''").split("{")
    return "'" + "{{ '{' }}".join(quoted) + "'"
