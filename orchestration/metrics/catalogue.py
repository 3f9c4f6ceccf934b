"""The metrics of the published release: what each means, and the labels by which it can be asked."""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.errors import ConfigurationError
from orchestration.machine.duckdb_files import must_be_published
from orchestration.metrics.documents import SEMANTIC_MANIFEST

_INNER = {"segment_type", "segment_value", "is_total", "is_partial", "period_months", "churn_class"}
"""Dimensions that a metric itself or a label stands for."""

_NEAREST = 5
_Named = Mapping[str, Any]


@dataclass(frozen=True)
class Label:
    """What a metric can be grouped and filtered by."""

    name: str
    description: str
    path: str
    """The dimension, as MetricFlow names it."""
    is_part: bool = False
    """Whether its rows stand beside a total, so that asking without it asks for the total."""
    segment_type: str = ""
    """The type of segment that it is, where the rows of all types stand in one table."""


@dataclass(frozen=True)
class Metric:
    """One metric of a release."""

    name: str
    title: str
    description: str
    formula: str
    tables: tuple[str, ...]
    labels: Mapping[str, Label]
    needs: tuple[str, ...]
    """Labels without which it says nothing: each has to be grouped by, or to be one value."""
    is_monthly: bool
    """Whether it is asked by month alone."""
    is_scheduled: bool
    """Whether months to come say what is scheduled; they are told where they are asked for."""
    total: str
    """The dimension that marks its totals; empty where every row is a part."""
    type_of_segment: str
    """The dimension that names the type of segment; empty where a label is a column of its own."""


@dataclass(frozen=True)
class Catalogue:
    """All metrics of a release, by name."""

    metrics: Mapping[str, Metric]
    semantic_manifest: str
    """What MetricFlow reads, as JSON."""

    def find(self, name: str) -> Metric:
        """A metric. Raises ConfigurationError with the nearest names where there is none of this name."""
        if metric := self.metrics.get(name):
            return metric
        near = ", ".join(_nearest(name, self.metrics.values()))
        raise ConfigurationError(
            f"No metric {name!r} is defined. {f'Nearest: {near}. ' if near else ''}"
            f"saas-metrics metrics list shows all {len(self.metrics)}."
        )


def load_catalogue(published_file: Path) -> Catalogue:
    """The metrics of the release that a published file belongs to.

    Raises ConfigurationError where nothing is published, or an earlier version published it.
    """
    must_be_published(published_file)
    path = published_file.resolve().with_name(SEMANTIC_MANIFEST)
    if not path.is_file():
        raise ConfigurationError(
            f"{path} is missing: an earlier version published this release. saas-metrics run publishes one "
            "that says what its metrics mean."
        )
    text = path.read_text(encoding="utf-8")
    return Catalogue({metric.name: metric for metric in _metrics(json.loads(text))}, text)


def _nearest(name: str, metrics: Iterable[Metric]) -> list[str]:
    """Metrics with such a name, title or word; then those spelled alike, as a whole or in a word."""
    word = name.lower().replace(" ", "_")
    titles = {metric.name: metric.title.lower().replace(" ", "_") for metric in metrics}
    words = {one: {one, title, *one.split("_"), *title.split("_")} for one, title in titles.items()}
    alike = difflib.get_close_matches(word, sorted(set().union(*words.values())), n=3, cutoff=0.6)
    near_words = (word, *alike, *word.split("_"))
    ranked = [
        *(one for near in near_words for one, title in titles.items() if near in (one, title)),
        *(one for near in near_words for one in words if near in words[one]),
        *(one for one, title in titles.items() if word in one or word in title),
    ]
    return list(dict.fromkeys(ranked))[:_NEAREST]


def _metrics(manifest: _Named) -> Iterator[Metric]:
    models = manifest["semantic_models"]
    of_measure = {measure["name"]: model for model in models for measure in model["measures"]}
    labels = {model["name"]: _labels(model, models) for model in models}
    for metric in sorted(manifest["metrics"], key=lambda one: one["name"]):
        found = {
            model["name"]: model
            for one in metric["type_params"]["input_measures"]
            for model in [of_measure[one["name"]]]
        }
        first, *others = (labels[name] for name in found)
        shared = {
            name: label for name, label in first.items() if all(one.get(name) == label for one in others)
        }
        dimensions = {
            one["name"]: f"{_entity(model)}__{one['name']}"
            for model in found.values()
            for one in model["dimensions"]
        }
        meta = metric["config"]["meta"]
        yield Metric(
            name=metric["name"],
            title=metric["label"] or metric["name"],
            description=" ".join(metric["description"].split()),
            formula=_formula(metric, of_measure),
            tables=tuple(model["node_relation"]["relation_name"] for model in found.values()),
            labels=dict(sorted(shared.items())),
            needs=tuple(meta.get("by", ())),
            is_monthly=meta.get("grain") == "month",
            is_scheduled=bool(meta.get("scheduled")),
            total=dimensions.get("is_total", ""),
            type_of_segment=dimensions.get("segment_type", ""),
        )


def _labels(model: _Named, models: Iterable[_Named]) -> dict[str, Label]:
    """The labels of a model's rows: its own, those of the customers it names, and types of segment."""
    parts = {one["config"]["meta"]["parts"] for one in model["dimensions"] if one["name"] == "is_total"}
    own = {
        name: Label(name, told, f"{_entity(model)}__{name}", is_part=name in parts)
        for name, told in _dimensions(model)
    }
    joined = {
        name: Label(name, told, f"{_entity(other)}__{name}")
        for entity in model["entities"]
        if entity["type"] == "foreign"
        for other in models
        if _entity(other) == entity["name"]
        for name, told in _dimensions(other)
    }
    segments = {
        kind: Label(kind, "Segment of the customer.", f"{_entity(model)}__segment_value", True, kind)
        for one in model["dimensions"]
        if one["name"] == "segment_type"
        for kind in one["config"]["meta"]["values"]
    }
    return {**joined, **segments, **own}


def _dimensions(model: _Named) -> Iterator[tuple[str, str]]:
    for one in model["dimensions"]:
        if one["type"] == "categorical" and one["name"] not in _INNER:
            yield one["name"], one["description"] or ""


def _entity(model: _Named) -> str:
    named = (entity["name"] for entity in model["entities"] if entity["type"] == "primary")
    return str(model["primary_entity"] or next(named))


def _formula(metric: _Named, of_measure: Mapping[str, _Named]) -> str:
    terms = metric["type_params"]
    if metric["type"] == "ratio":
        return f"{terms['numerator']['name']} / {terms['denominator']['name']}"
    if metric["type"] == "derived":
        return str(terms["expr"])
    name = terms["measure"]["name"]
    model = of_measure[name]
    measure = next(one for one in model["measures"] if one["name"] == name)
    over = measure["non_additive_dimension"]
    taken = f", of the {'first' if over['window_choice'] == 'min' else 'last'} month" if over else ""
    how = measure["agg"].replace("_", " ")
    return f"{how} of {measure['expr'] or name} in {model['node_relation']['relation_name']}{taken}"


def described(metric: Metric) -> dict[str, Any]:
    """A metric as JSON tells it."""
    return {
        "name": metric.name,
        "title": metric.title,
        "description": metric.description,
        "formula": metric.formula,
        "tables": list(metric.tables),
        "labels": {label.name: label.description for label in metric.labels.values()},
        "needs": list(metric.needs),
        "one_segment_at_a_time": bool(metric.type_of_segment),
        "by_month_only": metric.is_monthly,
    }
