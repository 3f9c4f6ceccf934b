"""What a run does around Spark: what it asks before, what it hands over, and what it takes back."""

import json
import os
import socket
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from pipeline import SAMPLE_AS_OF, copy_of, saas_metrics

from orchestration.build.manifest import parsed, read_manifest
from orchestration.build.spark import demand
from orchestration.build.spark.demand import demand_engine, demand_java, demand_master, demand_storage
from orchestration.build.spark.lead import Lead
from orchestration.build.spark.run import bring_back, stop_if_lost
from orchestration.build.spark.storage import demand_shared, hand_over, run_folder
from orchestration.doctor import WRONG, examined
from orchestration.errors import ConfigurationError, DiskFull, EngineFailed, GateFailed
from orchestration.machine.duckdb_files import open_build_read_only
from orchestration.settings import Company, SparkSettings, dbt_vars, load_company


def on_spark(company: Company, storage: Path, master: str = "local[2]") -> Company:
    return replace(company, engine="spark", spark=SparkSettings(master=master, storage=storage))


def test_without_the_packages_nothing_is_touched_and_the_sentence_says_how_to_have_them(tmp_path):
    """The environment of the tests has no Spark: `make test-spark` has."""
    content = {
        "name": "acme",
        "reporting_currency": "EUR",
        "extracts": "extracts",
        "warehouse": "warehouse",
        "sources": [{"name": "billing", "mapping": "canonical"}],
        "engine": "spark",
        "spark": {"master": "local[2]", "storage": "."},
    }
    path = tmp_path / "company.yml"
    path.write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "extracts" / "billing").mkdir(parents=True)
    done = saas_metrics("run", "--company", str(path))
    assert done.returncode == 2
    assert "pyspark is not installed" in done.stderr and "pip install 'saas-metrics[spark]'" in done.stderr
    assert not (tmp_path / "warehouse").exists()
    found = [one for one in examined(load_company(path), SAMPLE_AS_OF) if one.of == "engine"]
    assert [one.grade for one in found] == [WRONG] and "pyspark" in found[0].told


class Standing(Lead):
    """A session that nothing happened to."""

    lost = ""
    errors = ()


OUT_OF_MEMORY = "java.lang.OutOfMemoryError: Java heap space"


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        ("status = UNKNOWN details = Java heap space", EngineFailed, "SPARK_DAEMON_MEMORY"),
        (OUT_OF_MEMORY, EngineFailed, "spark.driver_memory"),
        (f"Job aborted due to stage failure: Lost task 0.3: {OUT_OF_MEMORY}", EngineFailed, "spark.memory"),
        ("java.io.IOException: No space left on device", DiskFull, "make room"),
    ],
)
def test_what_the_engine_lacked_is_not_said_of_a_model(said, error, words):
    lead = Standing(None, SparkSettings(master="sc://spark", storage=Path("storage")), "spark.log")
    with pytest.raises(error, match="in force") as caught:
        stop_if_lost(lead, said)
    assert words in str(caught.value)


def test_a_model_that_fails_is_no_fault_of_the_engine():
    stop_if_lost(Standing(None, SparkSettings(master="local", storage=Path("storage")), ""), "DIVIDE_BY_ZERO")


@pytest.mark.parametrize(
    ("says", "said"),
    [('openjdk version "11.0.2" 2019-01-15', "is not a Java that Spark takes"), ("", "it says nothing")],
)
def test_a_java_that_is_too_old_is_named(tmp_path, monkeypatch, says, said):
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho '{says}' >&2\n" if says else "#!/bin/sh\n", encoding="utf-8")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ConfigurationError, match="Install Java 17 or later") as caught:
        demand_java()
    assert str(java) in str(caught.value) and said in str(caught.value)


def test_no_java_at_all_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ConfigurationError, match="Spark needs Java"):
        demand_java()


def test_a_storage_that_is_missing_or_closed_is_said(tmp_path, monkeypatch):
    with pytest.raises(ConfigurationError, match="is no folder here"):
        demand_storage(tmp_path / "missing")
    demand_storage(tmp_path)

    def closed(*words: object, **more: object) -> int:
        raise PermissionError(13, "closed")

    monkeypatch.setattr(os, "open", closed)
    with pytest.raises(ConfigurationError, match="can't be written to: closed"):
        demand_storage(tmp_path)


def test_one_master_of_several_has_to_answer(tmp_path):
    with socket.socket() as there, socket.socket() as gone:
        there.bind(("127.0.0.1", 0))
        there.listen()
        gone.bind(("127.0.0.1", 0))
        silent, answers = (f"127.0.0.1:{one.getsockname()[1]}" for one in (gone, there))
        demand_master(SparkSettings(master=f"spark://{silent},{answers}", storage=tmp_path))
        with pytest.raises(ConfigurationError, match="does not answer"):
            demand_master(SparkSettings(master=f"spark://{silent}", storage=tmp_path))


def test_a_connect_server_has_to_answer_and_needs_no_java_here(tmp_path, monkeypatch, copy):
    monkeypatch.setattr(demand, "find_spec", lambda name: object())
    monkeypatch.setattr(demand, "demand_java", lambda: pytest.fail("Java was asked for"))
    with socket.socket() as there, socket.socket() as gone:
        there.bind(("127.0.0.1", 0))
        there.listen()
        gone.bind(("127.0.0.1", 0))
        silent, answers = (f"sc://127.0.0.1:{one.getsockname()[1]}/;use_ssl=false" for one in (gone, there))
        demand_engine(on_spark(copy, tmp_path, answers))
        with pytest.raises(ConfigurationError, match="Start the Spark Connect server"):
            demand_engine(on_spark(copy, tmp_path, silent))


def test_a_connect_server_needs_packages_of_its_own(tmp_path, monkeypatch, copy):
    monkeypatch.setattr(demand, "find_spec", lambda name: None if name == "pyarrow" else object())
    with pytest.raises(ConfigurationError, match="pyarrow is not installed"):
        demand_engine(on_spark(copy, tmp_path, "sc://127.0.0.1:1"))


def test_the_folder_of_a_run_goes_with_it_and_what_a_killed_run_left_goes_first(copy, tmp_path):
    storage = tmp_path / "storage"
    storage.mkdir()
    with pytest.raises(GateFailed), run_folder(copy, storage) as folder:
        (folder / "rows").write_text("of a customer")
        raise GateFailed("a model failed")
    assert not list(storage.iterdir())
    folder.mkdir()
    (folder / "left").write_text("by a run that was killed")
    with run_folder(copy, storage) as again:
        assert again == folder
        assert not list(again.iterdir())
        assert again.stat().st_mode & 0o077 == 0


def test_two_warehouses_of_one_path_on_two_machines_share_no_folder(sample, tmp_path):
    names = []
    for machine in ("one", "two"):
        own = copy_of(sample, tmp_path / machine)
        with run_folder(own, tmp_path) as folder:
            names.append(folder.name)
    assert len(set(names)) == 2


def test_sources_seeds_and_the_salt_are_handed_over_and_nothing_else(copy, tmp_path):
    files = hand_over(copy, read_manifest(), tmp_path)
    assert {name.partition(".")[0] for name in files} == {"raw", "audit", "reported", "reference", "runs"}
    assert [name for name in files if name.startswith("runs.")] == ["runs.salt"]
    assert "audit.rejects" not in files
    with open_build_read_only(copy) as connection:
        for name, file in files.items():
            ((rows, same),) = connection.execute(
                f"select (select count(*) from {name}), (select count(*) from read_parquet('{file}'))"
            ).fetchall()
            assert rows == same, name


def test_rows_of_executors_that_are_not_found_here_stop_the_run(copy, tmp_path):
    written = tmp_path / "run" / "probe"
    with pytest.raises(EngineFailed, match="executors wrote 2 rows there, and 0 were found here"):
        demand_shared(copy, written, 2)
    written.mkdir(parents=True)
    duckdb.execute(f"copy (select unnest([1, 2])) to '{written}/part.parquet'")
    demand_shared(copy, written, 2)


@pytest.mark.slow
def test_what_comes_back_is_what_a_build_here_leaves(sample, copy, tmp_path):
    """Instants with a zone, small integers and rows in another order, as Spark writes them."""
    warehouse = tmp_path / "warehouse"
    relations = (
        "select table_schema, table_name, table_type from information_schema.tables "
        "where table_schema in ('staging', 'intermediate', 'marts', 'rules')"
    )
    with open_build_read_only(copy) as connection:
        before = connection.execute(relations).fetchall()
        described = _described(connection, before)
        for schema, name, kind in before:
            if kind == "VIEW" and schema != "rules":
                continue
            place = warehouse / f"{schema}.db" / name
            place.mkdir(parents=True)
            columns = connection.execute(f"describe {schema}.{name}").fetchall()
            as_spark = ", ".join(
                f'"{column}"::timestamptz as "{column}"' if told == "TIMESTAMP" else f'"{column}"'
                for column, told, *_ in columns
            )
            connection.execute(
                f"copy (select {as_spark} from {schema}.{name} order by random()) to '{place}/part.parquet'"
            )
    bring_back(copy, parsed(), dbt_vars(copy, SAMPLE_AS_OF) | {"models_stand": False}, warehouse)
    with open_build_read_only(copy) as connection:
        after = connection.execute(relations).fetchall()
        assert {(schema, name) for schema, name, _ in after} == {(schema, name) for schema, name, _ in before}
        assert {kind for schema, _, kind in after if schema == "rules"} == {"BASE TABLE"}
        assert _described(connection, after) == described
        connection.execute(f"attach '{sample.build_file}' as sample (read_only)")
        for name in described:
            difference = connection.execute(
                f"select count(*) from (from marts.{name} except all from sample.marts.{name})"
            ).fetchall()
            assert difference == [(0,)], name


def _described(
    connection: duckdb.DuckDBPyConnection, tables: list[tuple[str, str, str]]
) -> dict[str, list[tuple[object, ...]]]:
    marts = [name for schema, name, _ in tables if schema == "marts"]
    return {name: connection.execute(f"describe marts.{name}").fetchall() for name in marts}
