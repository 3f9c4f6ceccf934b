"""What dbt does again for each of some hundred nodes, done once or not at all: a third of its own time.

Each shortcut stands for one function of the pinned dbt and gives what it gives: test_dbt_shortcuts.py holds
each against that function, so that another version of dbt can't pass by unnoticed.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache, cached_property
from typing import Any
from unittest.mock import patch

HEARD = "NodeFinished"
"""The one event for the debugger that a listener is told of."""


@contextmanager
def dbt_shortcuts() -> Iterator[None]:
    """Call dbt with all of them; behind it dbt is as it was."""
    from dbt.adapters.base.impl import BaseAdapter
    from dbt.context.providers import ModelContext
    from dbt_common.clients import agate_helper
    from dbt_common.events.base_types import BaseEvent

    with ExitStack() as replaced:
        replaced.enter_context(_few_events())
        for target, name, shortcut in (
            (BaseEvent, "__getattr__", _with_message(BaseEvent.__init__, BaseEvent.__getattr__)),
            (BaseEvent, "__setattr__", _with_message(BaseEvent.__init__, BaseEvent.__setattr__)),
            (BaseEvent, "__init__", _late_message),
            (ModelContext, "_build_namespace", _kept_macros(ModelContext._build_namespace)),
            (BaseAdapter, "get_relation", _relation_by_name(BaseAdapter.get_relation)),
            (agate_helper, "empty_table", cache(agate_helper.empty_table)),
        ):
            replaced.enter_context(patch.object(target, name, shortcut))
        yield


@contextmanager
def _few_events() -> Iterator[None]:
    """Have dbt make no message of an event for whoever debugs it, but of a node's end.

    The log holds none of them and nobody listens, but dbt makes a message of each of some twenty events a
    node.
    """
    from dbt_common.events.base_types import BaseEvent, EventLevel
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.event_manager_client import ctx_set_event_manager, get_event_manager

    class Few(EventManager):
        def fire_event(
            self,
            e: BaseEvent,
            level: EventLevel | None = None,
            node: Any = None,
            force_warn_or_error_handling: bool = False,
        ) -> None:
            if (level or e.level_tag()) != EventLevel.DEBUG or type(e).__name__ == HEARD:
                super().fire_event(e, level, node, force_warn_or_error_handling)

    before = get_event_manager()
    ctx_set_event_manager(Few())
    try:
        yield
    finally:
        ctx_set_event_manager(before)


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
        self.namespace = _flat(namespace)
        packages = [*namespace.packages.values(), namespace.global_project_namespace]
        self._macros = [macro for package in packages for macro in package.values()]

    def give_to(self, context: Any) -> None:
        self._names.clear()
        context._ctx, context.macro_stack = self._names, self._stack
        for macro in self._macros:
            macro.node = context.model


def _flat(namespace: Any) -> Any:
    """A namespace of macros that looks a name up at once, instead of in five places."""
    from dbt.context.macros import MacroNamespace

    class Flat(MacroNamespace):
        @cached_property
        def _all(self) -> Mapping[str, Any]:
            return {name: MacroNamespace.__getitem__(self, name) for name in self._keys()}

        def __iter__(self) -> Iterator[str]:
            return iter(self._all)

        def __getitem__(self, name: str) -> Any:
            return self._all[name]

        def keys(self) -> Any:
            return self._all.keys()

    return Flat(
        namespace.global_namespace,
        namespace.local_namespace,
        namespace.global_project_namespace,
        namespace.packages,
    )


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
