"""What stands for a function of dbt gives what that gives."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from dbt.adapters.base.impl import BaseAdapter
from dbt.adapters.cache import RelationsCache
from dbt.adapters.duckdb.relation import DuckDBRelation
from dbt.context.providers import ModelContext
from dbt.events.types import NodeStart
from dbt_common.clients import agate_helper
from dbt_common.events.base_types import BaseEvent
from pipeline import SAMPLE_AS_OF, copy_of

from orchestration.build import dbt_call
from orchestration.build.dbt_shortcuts import dbt_shortcuts
from orchestration.build.manifest import parsed
from orchestration.settings import dbt_environment, dbt_vars

REPLACED = (
    (BaseEvent, "__init__"),
    (BaseEvent, "__getattr__"),
    (BaseEvent, "__setattr__"),
    (ModelContext, "_build_namespace"),
    (BaseAdapter, "get_relation"),
    (agate_helper, "empty_table"),
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


@contextmanager
def no_shortcuts() -> Iterator[None]:
    """dbt as it is."""
    yield


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
