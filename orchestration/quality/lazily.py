"""Imports that are put off until something of them is used."""

import importlib
import sys
from typing import Any


class _Stand:
    """Stands for a module that was not imported yet.

    It is no module: `inspect`, which dbt asks who called it, looks into every module there is, and would
    import what `importlib.util.LazyLoader` puts off.
    """

    def __init__(self, module: str) -> None:
        self.__name__ = module

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            # Python itself asks for __spec__ each time that the module is imported again.
            if name.startswith("__") and name != "__path__":
                raise AttributeError(name)
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def import_when_used(module: str) -> None:
    """Put a module's import off until something of it is used. Its parent has to be importable."""
    if module in sys.modules:
        return
    stand = _Stand(module)
    sys.modules[module] = stand  # type: ignore[assignment]
    parent, _, name = module.rpartition(".")
    if parent:
        setattr(importlib.import_module(parent), name, stand)
