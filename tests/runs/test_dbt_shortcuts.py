"""What stands for a function of dbt gives what that gives."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from dbt import flags
from dbt.adapters.base.impl import BaseAdapter
from dbt.adapters.cache import RelationsCache
from dbt.adapters.duckdb.relation import DuckDBRelation
from dbt.config.project import VarProvider
from dbt.context import base, providers
from dbt.context.macros import MacroNamespace
from dbt.context.providers import ModelContext
from dbt.contracts.graph.nodes import ModelNode
from dbt.events.types import LogModelResult, LogStartLine, NodeFinished, NodeStart
from dbt.task.base import BaseRunner
from dbt_common.clients import agate_helper
from dbt_common.clients.jinja import MacroFuzzEnvironment
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager_client import get_event_manager
from dbt_common.events.functions import fire_event
from dbt_common.events.logger import LineFormat, LoggerConfig
from pipeline import SAMPLE_AS_OF, copy_of

from orchestration.build import dbt_call
from orchestration.build.dbt_shortcuts import _flat, dbt_shortcuts
from orchestration.build.manifest import parsed
from orchestration.machine.project import PROJECT
from orchestration.settings import dbt_environment, dbt_vars


@contextmanager
def no_shortcuts() -> Iterator[None]:
    """dbt as it is."""
    yield


REPLACED = (
    (BaseEvent, "__init__"),
    (BaseEvent, "__getattr__"),
    (BaseEvent, "__setattr__"),
    (ModelContext, "_build_namespace"),
    (BaseAdapter, "get_relation"),
    (agate_helper, "empty_table"),
    (MacroFuzzEnvironment, "compile"),
    (flags, "get_flag_obj"),
    (base, "get_context_modules"),
    (providers, "args_to_dict"),
    (providers.RuntimeVar, "_generate_merged"),
    (ModelNode, "write_node"),
    (BaseRunner, "handle_exception"),
)


def test_behind_a_call_dbt_is_as_it_was():
    before = [getattr(*one) for one in REPLACED]
    with dbt_shortcuts():
        assert [one for one, was in zip(REPLACED, before, strict=True) if getattr(*one) is was] == []
    assert [getattr(*one) for one in REPLACED] == before


def test_an_event_says_what_it_was_made_of():
    with dbt_shortcuts():
        event = NodeStart(node_info={"node_name": "fct_mrr_monthly"})
        assert "pb_msg" not in event.__dict__
        event.node_info.node_status = "started"
        assert event.node_info.node_name == "fct_mrr_monthly"
        set_first = NodeStart(node_info={"node_name": "fct_mrr_monthly"})
        with pytest.raises(AttributeError, match="no_field"):
            set_first.no_field = 1
        assert set_first.node_info.node_name == "fct_mrr_monthly"
        said = event.to_dict()
    assert said["node_info"]["node_status"] == "started"
    assert (
        NodeStart(node_info={"node_name": "fct_mrr_monthly"}).to_dict()["node_info"]["node_name"]
        == (said["node_info"]["node_name"])
    )


NODE = {"unique_id": "model.ours.dim_dates", "node_name": "dim_dates", "resource_type": "model"}
LINE = {"description": "sql table model marts.dim_dates", "index": 7, "total": 566, "node_info": NODE}


@pytest.mark.parametrize(
    ("event", "level"),
    [
        (lambda: LogStartLine(**LINE), None),
        (lambda: LogModelResult(status="OK", execution_time=0.125, **LINE), EventLevel.INFO),
        # 0.015 is less than a number of 32 bits makes of it.
        (lambda: LogModelResult(status="OK", execution_time=0.015, **LINE), EventLevel.INFO),
        (lambda: LogModelResult(status="error", execution_time=2, **LINE), EventLevel.ERROR),
    ],
    ids=["start", "end", "rounded", "failure"],
)
def test_a_line_of_the_log_is_the_one_that_dbt_writes(tmp_path, event, level):
    lines = []
    for number, shortcuts in enumerate((no_shortcuts, dbt_shortcuts)):
        with shortcuts():
            manager, file = get_event_manager(), tmp_path / f"{number}.log"
            before = list(manager.loggers)
            manager.add_logger(
                LoggerConfig(
                    f"of test {number}",
                    line_format=LineFormat.DebugText,
                    level=EventLevel.INFO,
                    output_file_name=str(file),
                )
            )
            fire_event(event(), level=level)
            manager.loggers[:] = before
        time, _, line = file.read_text(encoding="utf-8").partition(" ")
        assert len(time) == len("15:05:06.306397")
        lines.append(line)
    assert lines[0] == lines[1] and "marts.dim_dates" in lines[0]


def test_the_end_of_a_node_is_told_as_dbt_tells_it():
    ended = {"status": "success", "message": "OK", "execution_time": 0.25, "thread": "Thread-1"}
    told = []
    for shortcuts in (no_shortcuts, dbt_shortcuts):
        with shortcuts():
            manager = get_event_manager()
            before = list(manager.callbacks)
            manager.add_callback(told.append)
            fire_event(NodeFinished(node_info=NODE, run_result=ended))
            manager.callbacks[:] = before
    [theirs, ours] = [
        (
            message.info.name,
            message.info.level,
            *(getattr(message.data.node_info, name) for name in NODE),
            *(getattr(message.data.run_result, name) for name in ended),
        )
        for message in told
    ]
    assert ours == theirs


class _Adapter(BaseAdapter):  # type: ignore[misc]
    """An adapter that has listed schema `marts` and no other."""

    def __init__(self) -> None:
        self.config = SimpleNamespace(quoting=dict.fromkeys(("database", "schema", "identifier"), True))
        self.cache = RelationsCache()
        for name in ("dim_dates", "fct_mrr_monthly"):
            self.cache.add(DuckDBRelation.create(database="build", schema="marts", identifier=name))
        self.cache.update_schemas([("build", "marts")])

    def list_relations_without_caching(self, schema_relation: object) -> list[object]:
        return [DuckDBRelation.create(database="build", schema="company", identifier="own")]


_Adapter.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["fct_mrr_monthly", "dim_dates", "fct_of_no_model"])
def test_a_relation_is_the_one_that_dbt_finds(name):
    adapter = _Adapter()
    expected = adapter.get_relation("build", "marts", name)
    with dbt_shortcuts():
        assert adapter.get_relation("build", "marts", name) == expected
    assert (expected is None) == (name == "fct_of_no_model")


def test_an_empty_table_is_empty():
    with dbt_shortcuts():
        table = agate_helper.empty_table()
    assert not table.rows and not table.columns
    assert agate_helper.empty_table() is not table


def test_a_namespace_of_macros_gives_each_macro_as_dbt_does():
    """A model's own package goes before the root's, and both before dbt's."""
    theirs = MacroNamespace(
        {"a": "root", "b": "root"}, {"a": "own"}, {"b": "dbt", "c": "dbt"}, {"a_package": {"d": "package"}}
    )
    ours = _flat(theirs)
    assert dict(ours) == {name: theirs[name] for name in theirs}
    assert (ours["a"], ours["b"], ours["c"], ours.get("nowhere")) == ("own", "root", "dbt", None)
    for package, name in ((None, "a"), ("dbt", "b"), ("a_package", "d"), ("a_package", "a")):
        assert ours.get_from_package(package, name) == theirs.get_from_package(package, name)


def test_who_changes_what_it_is_told_of_the_call_changes_it_for_itself():
    arguments = SimpleNamespace(select=["a_model"], vars={}, which="run")
    flags.set_from_args(arguments, None)
    expected = providers.args_to_dict(arguments)
    with dbt_shortcuts():
        providers.args_to_dict(arguments).clear()
        assert providers.args_to_dict(arguments) == expected != {}
        assert providers.args_to_dict(SimpleNamespace(select=["another"])) != expected


class _Config:
    """Of a project: its vars, and what was given with the call."""

    def __init__(self, given: dict[str, int]) -> None:
        self.project_name, self.cli_vars = "ours", given
        self.credentials = SimpleNamespace(type="duckdb")
        self.vars = VarProvider({"a": 1, "b": 1, "theirs": {"b": 2}})

    def load_dependencies(self) -> dict[str, "_Config"]:
        return {}


def test_a_var_is_the_one_of_its_package_and_its_call():
    asked = [(_Config(given), package) for given in ({}, {"a": 3}) for package in ("ours", "theirs")]

    def answers() -> list[dict[str, object]]:
        nodes = [SimpleNamespace(package_name=package, name="model") for _, package in asked]
        made = [providers.RuntimeVar({}, one, node) for (one, _), node in zip(asked, nodes, strict=True)]
        return [{name: var(name, "none") for name in ("a", "b", "c")} for var in made]

    expected = answers()
    with dbt_shortcuts():
        assert answers() == answers() == expected
    assert [one["a"] for one in expected] == [1, 1, 3, 3] and expected[1]["b"] == 2


def test_a_model_that_fails_leaves_its_sql_where_dbt_says(sample, tmp_path):
    """What ends well leaves none; what is asked to compile leaves all."""
    environment, target = dbt_environment(copy_of(sample, tmp_path)), tmp_path / "target"
    manifest = parsed()
    broken = manifest.nodes["model.saas_metrics.int_terms__item_amounts"]
    broken.raw_code = "select nothing from nowhere"

    variables = json.dumps(dbt_vars(sample, SAMPLE_AS_OF))

    def left_by(command: str) -> list[str]:
        dbt_call.call_dbt(
            [command, "--select", broken.name, "dim_dates", "--vars", variables],
            target=target, logs=tmp_path / "logs", environment=environment, manifest=manifest, may_fail=True,
        )  # fmt: skip
        dbt_call.close_connections()
        left = [path.relative_to(target) for path in target.rglob("models/**/*.sql")]
        return sorted(f"{path.parts[0]} {path.stem}" for path in left)

    assert left_by("run") == [f"compiled {broken.name}", f"run {broken.name}"]
    said = (tmp_path / "logs" / "dbt.log").read_text(encoding="utf-8")
    [named] = re.findall(r"compiled code at (\S+)", said)
    assert "nothing from nowhere" in Path(PROJECT, named).read_text(encoding="utf-8")
    assert "compiled dim_dates" in left_by("compile")


def test_models_are_rendered_as_dbt_renders_them(sample, tmp_path, monkeypatch):
    """Two models of a room after each other in one thread: each with its own name, columns and settings."""
    rendered, environment = [], dbt_environment(copy_of(sample, tmp_path))
    for shortcuts in (no_shortcuts, dbt_shortcuts):
        monkeypatch.setattr(dbt_call, "dbt_shortcuts", shortcuts)
        outcome = dbt_call.call_dbt(
            ["compile", "--select", "path:models/marts/mrr", "path:models/rules/mrr", "--threads", "1",
             "--vars", json.dumps(dbt_vars(sample, SAMPLE_AS_OF))],
            target=tmp_path / shortcuts.__name__,
            logs=tmp_path / "logs",
            environment=environment,
            manifest=parsed(),
        )  # fmt: skip
        dbt_call.close_connections()
        rendered.append({one.node.name: one.node.compiled_code for one in outcome.result.results})
    assert len(rendered[0]) > 15
    assert rendered[0] == rendered[1]
