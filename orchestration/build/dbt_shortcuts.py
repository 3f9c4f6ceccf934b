"""What dbt does again for each of some hundred nodes, done once or not at all: half of its own time.

Each shortcut stands for one function of the pinned dbt and gives what it gives: test_dbt_shortcuts.py holds
each against that function, so that another version of dbt can't pass by unnoticed.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from ctypes import c_float
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from orchestration.build.templates import compiled_once

HEARD = "NodeFinished"
"""The one event for the debugger that a listener is told of."""
_LINES = ("LogStartLine", "LogModelResult")
"""The events that are lines of the log and nothing else: two of each model."""


@contextmanager
def dbt_shortcuts() -> Iterator[None]:
    """Call dbt with all of them; behind it dbt is as it was."""
    from dbt import flags
    from dbt.adapters.base.impl import BaseAdapter
    from dbt.context import base, providers
    from dbt.context.providers import ModelContext, RuntimeVar
    from dbt.contracts.graph.nodes import ModelNode
    from dbt.task.base import BaseRunner
    from dbt_common.clients import agate_helper
    from dbt_common.clients.jinja import MacroFuzzEnvironment
    from dbt_common.events.base_types import BaseEvent

    write, write_what_failed = _written_where_it_fails(ModelNode.write_node, BaseRunner.handle_exception)
    with ExitStack() as replaced:
        replaced.enter_context(_few_events())
        for target, name, shortcut in (
            (BaseEvent, "__getattr__", _with_message(BaseEvent.__init__, BaseEvent.__getattr__)),
            (BaseEvent, "__setattr__", _with_message(BaseEvent.__init__, BaseEvent.__setattr__)),
            (BaseEvent, "__init__", _late_message),
            (ModelContext, "_build_namespace", _kept_macros(ModelContext._build_namespace)),
            (BaseAdapter, "get_relation", _relation_by_name(BaseAdapter.get_relation)),
            (agate_helper, "empty_table", cache(agate_helper.empty_table)),
            (MacroFuzzEnvironment, "compile", compiled_once(MacroFuzzEnvironment.compile)),
            (flags, "get_flag_obj", cache(flags.get_flag_obj)),
            (base, "get_context_modules", cache(base.get_context_modules)),
            (providers, "args_to_dict", _told_once(providers.args_to_dict)),
            (RuntimeVar, "_generate_merged", _merged_once(RuntimeVar._generate_merged)),
            (ModelNode, "write_node", write),
            (BaseRunner, "handle_exception", write_what_failed),
        ):
            replaced.enter_context(patch.object(target, name, shortcut))
        yield


@contextmanager
def _few_events() -> Iterator[None]:
    """Have dbt make no message of an event for whoever debugs it, but of a node's end.

    The log holds none of them and nobody listens, but dbt makes a message of each of some twenty events a
    node. A model's lines and its end are told as they are, without the message that holds all of its node.
    """
    from dbt_common.events.base_types import BaseEvent, EventLevel
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.event_manager_client import ctx_set_event_manager, get_event_manager
    from dbt_common.events.logger import _TextLogger

    class Few(EventManager):
        def fire_event(
            self,
            e: BaseEvent,
            level: EventLevel | None = None,
            node: Any = None,
            force_warn_or_error_handling: bool = False,
        ) -> None:
            name, level = type(e).__name__, level or e.level_tag()
            said = {} if "pb_msg" in e.__dict__ else e.__dict__["_said"][1]
            if name == HEARD and said:
                for callback in self.callbacks:
                    callback(_end(said))
            elif (
                name in _LINES
                and said
                and level == EventLevel.INFO
                and all(isinstance(logger, _TextLogger) for logger in self.loggers)
            ):
                line = _line(e, said)
                for logger in self.loggers:
                    if logger.filter(line):
                        logger.write_line(line)
            elif level != EventLevel.DEBUG or name == HEARD:
                super().fire_event(e, level, node, force_warn_or_error_handling)

    before = get_event_manager()
    ctx_set_event_manager(Few())
    try:
        yield
    finally:
        ctx_set_event_manager(before)


def _end(said: Mapping[str, Any]) -> Any:
    """A node's end, as a listener reads it in dbt's message."""
    data = {name: SimpleNamespace(**value) for name, value in said.items()}
    return SimpleNamespace(info=SimpleNamespace(name=HEARD, level="debug"), data=SimpleNamespace(**data))


def _line(event: Any, said: Mapping[str, Any]) -> Any:
    """A line of the log, as a logger of text reads it in dbt's message."""
    from google.protobuf.timestamp_pb2 import Timestamp

    now = Timestamp()
    now.GetCurrentTime()
    # A message holds numbers of 32 bits.
    rounded = {"execution_time": c_float(said.get("execution_time", 0)).value}
    text = type(event).message(SimpleNamespace(**{**said, **rounded}))
    return SimpleNamespace(
        info=SimpleNamespace(name=type(event).__name__, level="info", code=event.code(), msg=text, ts=now)
    )


def _late_message(event: Any, *args: Any, **kwargs: Any) -> None:
    """An event without its message, which most events are never asked for."""
    event.__dict__["_said"] = (args, kwargs)


def _with_message(make: Callable[..., None], ask: Callable[..., Any]) -> Callable[..., Any]:
    """What reads or sets an attribute of an event: its message, which holds them all, is made first."""

    def asked(event: Any, name: str, *value: Any) -> Any:
        sets_the_message = name == "pb_msg" and value
        if "pb_msg" not in event.__dict__ and not sets_the_message:
            args, kwargs = event.__dict__["_said"]
            make(event, *args, **kwargs)
        return ask(event, name, *value)

    return asked


def _kept_macros(build: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """All macros, as what renders a model calls them: made once in each thread, given to each model in turn.

    A thread renders one model after the other, each of them twice.
    """
    kept_by = threading.local()

    def build_namespace(context: Any) -> Any:
        from dbt.context.providers import ModelContext

        # A unit test puts macros of its own in their place.
        if type(context) is not ModelContext:
            return build(context)
        known = kept_by.__dict__.setdefault("known", {})
        key = (id(context.manifest), context.search_package)
        if key not in known:
            known[key] = _Kept(context, build(context))
        kept: _Kept = known[key]
        kept.give_to(context)
        return kept.namespace

    return build_namespace


class _Kept:
    """A thread's macros of one manifest and package, with the names that they are rendered with."""

    def __init__(self, context: Any, namespace: Any) -> None:
        # Held, so that no other manifest comes to have the same id.
        self._manifest = context.manifest
        self._names, self._stack = context._ctx, context.macro_stack
        self._model: Any = None
        self.namespace = _flat(namespace)
        packages = [*namespace.packages.values(), namespace.global_project_namespace]
        self._macros = [macro for package in packages for macro in package.values()]
        for macro in self._macros:
            # Made of its template at each call otherwise. It asks the names for what it uses as it is called.
            macro.get_macro = cache(macro.get_macro)

    def give_to(self, context: Any) -> None:
        self._names.clear()
        context._ctx, context.macro_stack = self._names, self._stack
        if self._model is not context.model:
            self._model = context.model
            for macro in self._macros:
                macro.node = context.model


def _flat(namespace: Any) -> Any:
    """A namespace of macros that is a dictionary too: its names are looked up and copied at once."""
    from dbt.context.macros import MacroNamespace

    class Flat(dict[str, Any], MacroNamespace):
        def __init__(self) -> None:
            dict.__init__(self, {name: namespace[name] for name in namespace})
            MacroNamespace.__init__(
                self,
                namespace.global_namespace,
                namespace.local_namespace,
                namespace.global_project_namespace,
                namespace.packages,
            )

    return Flat()


def _told_once(args_to_dict: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    """What dbt was called with, a copy for each who asks."""
    told: list[tuple[Any, dict[str, Any]]] = []

    def args_as_dict(args: Any) -> dict[str, Any]:
        for known, as_dict in told:
            if known is args:
                return dict(as_dict)
        told.append((args, args_to_dict(args)))
        return dict(told[-1][1])

    return args_as_dict


def _merged_once(merge: Callable[[Any], Mapping[str, Any]]) -> Callable[[Any], Mapping[str, Any]]:
    """The vars of a project as the models of a package see them: the same for each of them."""
    known: dict[tuple[int, str], tuple[Any, Mapping[str, Any]]] = {}

    def merged(var: Any) -> Mapping[str, Any]:
        from dbt.context.providers import RuntimeVar

        # Those of a unit test are its own.
        if type(var) is not RuntimeVar:
            return merge(var)
        key = (id(var._config), var._node.package_name)
        if key not in known:
            # With the configuration, so that no other comes to have the same id.
            known[key] = (var._config, merge(var))
        return known[key][1]

    return merged


def _written_where_it_fails(
    write: Callable[..., None], handle: Callable[..., str]
) -> tuple[Callable[..., None], Callable[..., str]]:
    """The SQL of a model goes into its two files where dbt's words on its failure name them.

    Nobody reads the others. What is asked to compile writes them all.
    """
    from dbt.flags import get_flags

    left: dict[str, list[tuple[str, str, str]]] = {}

    def write_node(node: Any, project_root: str, compiled_path: str, compiled_code: str) -> None:
        if get_flags().WHICH in ("build", "run"):
            left.setdefault(node.unique_id, []).append((project_root, compiled_path, compiled_code))
        else:
            write(node, project_root, compiled_path, compiled_code)

    def handle_exception(runner: Any, error: Exception, context: Any) -> str:
        for what in left.pop(context.node.unique_id, ()):
            write(context.node, *what)
        return handle(runner, error, context)

    return write_node, handle_exception


def _relation_by_name(look: Callable[..., Any]) -> Callable[..., Any]:
    """A relation of a schema that dbt has listed, by its key instead of by a look at each of the schema."""
    from dbt.adapters.reference_keys import _ReferenceKey, lowercase

    def get_relation(adapter: Any, database: str, schema: str, identifier: str) -> Any:
        if (database, schema) not in adapter.cache:
            return look(adapter, database, schema, identifier)
        key = _ReferenceKey(lowercase(database), lowercase(schema), lowercase(identifier))
        with adapter.cache.lock:
            known = adapter.cache.relations.get(key)
        return known.inner if known else None

    return get_relation
