"""What lies beside a release: the semantic models as published, an Ossie document, and the lineage."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.build.manifest import read_manifest, read_semantic_manifest
from orchestration.metrics.documents import INTERCHANGE, LINEAGE, SEMANTIC_MANIFEST, release_documents
from orchestration.metrics.interchange import VERSION

# What the JSON schema of Apache Ossie 0.2.0.dev0 demands and allows, by kind of object.
KEYS: dict[str, tuple[set[str], set[str]]] = {
    "semantic_model": (
        {"name", "datasets"},
        {"description", "ai_context", "relationships", "metrics", "custom_extensions"},
    ),
    "datasets": (
        {"name", "source"},
        {"primary_key", "unique_keys", "description", "ai_context", "fields", "custom_extensions"},
    ),
    "fields": (
        {"name", "expression"},
        {"dimension", "label", "description", "datatype", "ai_context", "custom_extensions"},
    ),
    "relationships": (
        {"name", "from", "to", "from_columns", "to_columns"},
        {"ai_context", "custom_extensions"},
    ),
    "metrics": (
        {"name", "expression"},
        {"description", "datatype", "ai_context", "custom_extensions"},
    ),
}


@pytest.fixture(scope="module")
def documents() -> dict[str, str]:
    return release_documents(read_semantic_manifest(), read_manifest())


@pytest.fixture(scope="module")
def model(documents: dict[str, str]) -> dict[str, Any]:
    document = json.loads(documents[INTERCHANGE])
    assert set(document) == {"version", "semantic_model"} and document["version"] == VERSION
    (model,) = document["semantic_model"]
    return model


def check(kind: str, one: dict[str, Any]) -> None:
    demanded, allowed = KEYS[kind]
    assert demanded <= set(one) <= demanded | allowed, (kind, one["name"])
    if "expression" in one:
        assert set(one["expression"]) == {"dialects"}
        for dialect in one["expression"]["dialects"]:
            assert set(dialect) == {"dialect", "expression"} and dialect["dialect"] == "ANSI_SQL"
    for inner in set(one) & (set(KEYS) - {"semantic_model"}):
        for below in one[inner]:
            check(inner, below)
        assert len({below["name"] for below in one[inner]}) == len(one[inner]), (kind, inner)


def test_the_ossie_document_is_as_its_schema_has_it(model: dict[str, Any]) -> None:
    check("semantic_model", model)
    assert len(model["metrics"]) > 60


def test_every_expression_is_of_fields_that_there_are(model: dict[str, Any]) -> None:
    fields = {
        f"{dataset['name']}.{field['name']}" for dataset in model["datasets"] for field in dataset["fields"]
    }
    for metric in model["metrics"]:
        (told,) = metric["expression"]["dialects"]
        found = set(re.findall(r"\b[a-z_]\w*\.[a-z]\w*", told["expression"]))
        assert found and found <= fields, (metric["name"], found - fields)


def test_every_field_is_an_expression_of_its_published_table(published: Path, model: dict[str, Any]) -> None:
    with duckdb.connect(str(published), read_only=True) as connection:
        for dataset in model["datasets"]:
            for field in dataset["fields"]:
                (told,) = field["expression"]["dialects"]
                connection.execute(f"select {told['expression']} from {dataset['source']} limit 0")


def test_balances_and_totals_say_how_they_are_asked(model: dict[str, Any]) -> None:
    metrics = {one["name"]: one for one in model["metrics"]}
    assert "never the sum of several" in metrics["closing_mrr"]["ai_context"]["instructions"]
    (extension,) = metrics["arr"]["custom_extensions"]
    assert json.loads(extension["data"]) == {
        "semi_additive": [
            {
                "field": "customer_plan_months.closing_mrr",
                "over": "customer_plan_months.period_month",
                "takes": "last",
            }
        ]
    }
    assert "is_total" in metrics["deferred_revenue"]["ai_context"]["instructions"]
    assert "ai_context" not in metrics["new_mrr"]


def test_tables_are_those_of_the_published_file(documents: dict[str, str]) -> None:
    manifest = json.loads(documents[SEMANTIC_MANIFEST])
    names = {one["node_relation"]["relation_name"] for one in manifest["semantic_models"]}
    assert all(name.startswith("marts.") for name in names)


def test_lineage_leads_from_a_mart_to_what_was_delivered(documents: dict[str, str]) -> None:
    reads = json.loads(documents[LINEAGE])
    below, wanted = set(), ["fct_mrr_monthly"]
    while wanted:
        one = wanted.pop()
        if one not in below:
            below.add(one)
            wanted += reads.get(one, [])
    assert {"raw.subscription_items", "raw.customers", "fct_mrr_movements"} <= below


def test_a_run_imports_no_metricflow():
    code = (
        "import sys, orchestration.run.steps, orchestration.metrics.documents\n"
        "sys.exit(any(name.split('.')[0] in ('metricflow', 'mcp') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
