"""The semantic models as an Apache Ossie document (Open Semantic Interchange), for tools that know no dbt."""

import json
import re
from collections.abc import Mapping
from typing import Any

VERSION = "0.2.0.dev0"
"""Of the core specification; its JSON schema names one version only."""
_DIALECT = "ANSI_SQL"
_DIMENSION = re.compile(r"\{\{\s*Dimension\('(\w+)__(\w+)'\)\s*\}\}")
_AGGREGATES = {"count_distinct": "COUNT(DISTINCT {})"}

_Named = Mapping[str, Any]


def interchange(semantic_manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The document, as its JSON schema has it."""
    models = semantic_manifest["semantic_models"]
    primary = {_primary_entity(model): model for model in models}
    relationships = [
        _relationship(model, entity, primary[entity["name"]])
        for model in models
        for entity in model["entities"]
        if entity["type"] == "foreign"
    ]
    terms = _Terms(semantic_manifest)
    model = {
        "name": "saas_metrics",
        "description": "Subscription metrics on the published warehouse, each defined once.",
        "datasets": [_dataset(one) for one in models],
        "relationships": relationships,
        "metrics": [_metric(one, terms) for one in semantic_manifest["metrics"]],
    }
    return {"version": VERSION, "semantic_model": [model]}


class _Terms:
    """Each metric as one expression over the fields of the datasets."""

    def __init__(self, semantic_manifest: Mapping[str, Any]) -> None:
        self.metrics = {metric["name"]: metric for metric in semantic_manifest["metrics"]}
        self.measures = {
            measure["name"]: (model["name"], measure)
            for model in semantic_manifest["semantic_models"]
            for measure in model["measures"]
        }
        self.totals = {
            model["name"]: f"Filter {model['name']}.is_total, or not is_total and one {parts}."
            for model in semantic_manifest["semantic_models"]
            for one in model["dimensions"]
            if (parts := one["config"]["meta"].get("parts"))
        }
        self.datasets = {_primary_entity(one): one["name"] for one in semantic_manifest["semantic_models"]}

    def of(self, name: str, filters: tuple[str, ...] = ()) -> str:
        """The expression of a metric, of the rows alone for which all filters hold."""
        metric = self.metrics[name]
        filters = (*filters, *_filters(metric))
        terms = metric["type_params"]
        if metric["type"] == "simple":
            return self._aggregate(terms["measure"]["name"], filters)
        if metric["type"] == "ratio":
            above, below = (self._input(terms[part], filters) for part in ("numerator", "denominator"))
            return f"{above} / NULLIF({below}, 0)"
        inputs = {one["alias"] or one["name"]: self._input(one, filters) for one in terms["metrics"]}
        # All at once: one that was put in may hold the name of another.
        names = "|".join(inputs)
        return re.sub(rf"\b({names})\b", lambda found: inputs[found[1]], terms["expr"])

    def _input(self, given: _Named, filters: tuple[str, ...]) -> str:
        term = self.of(given["name"], (*filters, *_filters(given)))
        return term if self.metrics[given["name"]]["type"] == "simple" else f"({term})"

    def _aggregate(self, name: str, filters: tuple[str, ...]) -> str:
        dataset, measure = self.measures[name]
        value = f"{dataset}.{name}"
        if filters:
            held = " AND ".join(f"({_DIMENSION.sub(self._field, one)})" for one in filters)
            value = f"CASE WHEN {held} THEN {value} END"
        return _AGGREGATES.get(measure["agg"], measure["agg"].upper() + "({})").format(value)

    def _field(self, found: re.Match[str]) -> str:
        return f"{self.datasets[found[1]]}.{found[2]}"


def _filters(given: _Named) -> tuple[str, ...]:
    found = (given.get("filter") or {}).get("where_filters", ())
    return tuple(dict.fromkeys(" ".join(one["where_sql_template"].split()) for one in found))


def _primary_entity(model: _Named) -> str:
    named = (entity["name"] for entity in model["entities"] if entity["type"] == "primary")
    return str(model["primary_entity"] or next(named))


def _dataset(model: _Named) -> dict[str, Any]:
    keys = {entity["expr"] or entity["name"]: entity for entity in model["entities"]}
    primary = [column for column, entity in keys.items() if entity["type"] == "primary"]
    fields = [
        *(_field(column, column, entity, {"dimension": {}}) for column, entity in keys.items()),
        *(map(_dimension, model["dimensions"])),
        *(_field(one["name"], one["expr"] or one["name"], one, {}) for one in model["measures"]),
    ]
    return {
        "name": model["name"],
        "source": model["node_relation"]["relation_name"],
        **({"primary_key": primary} if primary else {}),
        "description": model["description"].strip(),
        "fields": fields,
    }


def _dimension(dimension: _Named) -> dict[str, Any]:
    role = {"dimension": {"is_time": dimension["type"] == "time"}}
    return _field(dimension["name"], dimension["expr"] or dimension["name"], dimension, role)


def _field(name: str, expression: str, told: _Named, role: dict[str, Any]) -> dict[str, Any]:
    described = {"description": told["description"]} if told["description"] else {}
    return {"name": name, "expression": _expression(expression), **role, **described}


def _expression(text: str) -> dict[str, Any]:
    return {"dialects": [{"dialect": _DIALECT, "expression": text}]}


def _relationship(model: _Named, entity: _Named, other: _Named) -> dict[str, Any]:
    there = next(one for one in other["entities"] if one["name"] == entity["name"])
    return {
        "name": f"{model['name']}_{entity['name']}",
        "from": model["name"],
        "to": other["name"],
        "from_columns": [entity["expr"] or entity["name"]],
        "to_columns": [there["expr"] or there["name"]],
    }


def _metric(metric: _Named, terms: _Terms) -> dict[str, Any]:
    balances = [
        _balance(terms, one["name"])
        for one in metric["type_params"]["input_measures"]
        if terms.measures[one["name"]][1]["non_additive_dimension"]
    ]
    told: dict[str, Any] = {}
    instructions = sorted({terms.totals[one] for one in _datasets(metric, terms) if one in terms.totals})
    if balances:
        # The core of the specification has no word for a balance yet.
        told["custom_extensions"] = [{"vendor_name": "DBT", "data": json.dumps({"semi_additive": balances})}]
        instructions.append("A balance: take one month, never the sum of several.")
    if instructions:
        told["ai_context"] = {"instructions": " ".join(instructions)}
    return {
        "name": metric["name"],
        "expression": _expression(terms.of(metric["name"])),
        "description": " ".join((metric["description"] or "").split()),
        **told,
    }


def _datasets(metric: _Named, terms: _Terms) -> set[str]:
    return {terms.measures[one["name"]][0] for one in metric["type_params"]["input_measures"]}


def _balance(terms: _Terms, measure: str) -> dict[str, str]:
    dataset, found = terms.measures[measure]
    dimension = found["non_additive_dimension"]
    return {
        "field": f"{dataset}.{measure}",
        "over": f"{dataset}.{dimension['name']}",
        "takes": "first" if dimension["window_choice"] == "min" else "last",
    }
