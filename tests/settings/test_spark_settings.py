"""engine and spark of company.yml: what is taken, and what is refused in a sentence."""

import json
from pathlib import Path

import pytest

from orchestration.errors import ConfigurationError
from orchestration.settings import Company, load_company

SPARK = {"master": "spark://one:7077,two:7077", "storage": "/mnt/spark"}


def read(folder: Path, **keys: object) -> Company:
    content = {
        "name": "acme",
        "reporting_currency": "EUR",
        "extracts": "extracts",
        "warehouse": "warehouse",
        "sources": [{"name": "billing", "mapping": "canonical"}],
        **keys,
    }
    path = folder / "company.yml"
    path.write_text(json.dumps(content), encoding="utf-8")
    return load_company(path)


def test_duckdb_builds_where_nothing_is_said_and_spark_waits_for_the_one_key(tmp_path):
    assert read(tmp_path).engine == "duckdb"
    company = read(tmp_path, spark=SPARK)
    assert company.engine == "duckdb" and company.spark is not None
    assert read(tmp_path, engine="spark", spark=SPARK).engine == "spark"


def test_a_relative_storage_lies_beside_the_file(tmp_path):
    company = read(tmp_path, engine="spark", spark={**SPARK, "storage": "shared"})
    assert company.spark is not None and company.spark.storage == tmp_path / "shared"


@pytest.mark.parametrize(
    "master",
    [
        "local", "local[4]", "local[*]", "spark://h:7077", "yarn", "k8s://https://h:1", "sc://h", "sc://h:15002",
        "sc://h:443/;use_ssl=true",
    ],
)  # fmt: skip
def test_masters_of_spark_are_taken(tmp_path, master):
    company = read(tmp_path, engine="spark", spark={**SPARK, "master": master})
    assert company.spark is not None and company.spark.master == master


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"engine": "spark"}, "the section spark is missing; write spark: {master: ..., storage: ...}"),
        ({"engine": "spark", "spark": ""}, "the section spark is missing"),
        ({"engine": "flink"}, "engine: write 'duckdb' or 'spark'"),
        ({"spark": {"master": "local"}}, "spark.storage is missing; add it."),
        ({"spark": {**SPARK, "master": "one:7077"}}, "'one:7077' is no master of Spark; write one such as"),
        ({"spark": {**SPARK, "master": "sc://"}}, "'sc://' is no master of Spark"),
        ({"spark": {**SPARK, "master": "sc://h:443/;token=x"}}, "variable SPARK_CONNECT_AUTHENTICATE_TOKEN"),
        ({"spark": {**SPARK, "storage": "s3://bucket/x"}}, "'s3://bucket/x' is an address; write a folder"),
        ({"spark": {**SPARK, "memory": "lots"}}, "spark.memory"),
        ({"spark": {**SPARK, "options": {"spark.executor.memory": "1g"}}}, "is set by the key memory; take"),
        ({"spark": {**SPARK, "options": {"cores": "1"}}}, "'cores' is no option of Spark"),
        ({"spark": {**SPARK, "stoarge": "x"}}, "unknown key 'stoarge' in spark; did you mean 'storage'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path, keys, said):
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, **keys)
    assert said in str(caught.value)
