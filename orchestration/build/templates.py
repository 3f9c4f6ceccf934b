"""The Python that Jinja makes of a template's text: made once, and kept beside the parsed project.

dbt makes it anew in every process, of each model and each macro: a tenth of its own time. The text itself is
the key, so what is kept can't be that of another text; and it is read by the very versions that wrote it.
"""

import marshal
import sys
from collections.abc import Callable, Iterable
from functools import cache
from importlib import metadata
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_known: dict[str, CodeType] = {}


@cache
def versions_of_templates() -> str:
    """What makes the code of a template: another version of one of these may make another."""
    packages = (f"{name} {metadata.version(name)}" for name in ("Jinja2", "dbt-common"))
    return ", ".join((sys.version.replace("\n", " "), *packages))


def compiled_once(compile_template: Callable[..., CodeType]) -> Callable[..., CodeType]:
    """`compile` of an environment that renders text, which looks first into what is known.

    The generated code takes its undefined values, filters and names from the environment that runs it.
    """
    from dbt_common.clients import jinja

    def compiled(environment: Any, source: Any, *of_a_file: Any, **more: Any) -> CodeType:
        renders_text = type(environment) is jinja.MacroFuzzEnvironment and isinstance(source, str)
        if not renders_text or of_a_file or more or jinja.MACRO_DEBUGGING:
            return compile_template(environment, source, *of_a_file, **more)
        code = _known.get(source)
        if code is None:
            code = _known[source] = compile_template(environment, source)
        return code

    return compiled


def read_templates(path: Path) -> None:
    """Know what a file keeps, where it was written by these versions."""
    versions, _, content = path.read_bytes().partition(b"\n") if path.is_file() else (b"", b"", b"")
    if versions.decode("utf-8", "replace") == versions_of_templates():
        _known.update(marshal.loads(content))


def keep_templates(path: Path, manifest: "Manifest") -> None:
    """Write the code of each model and macro of a project."""
    from dbt_common.clients.jinja import get_environment

    environment = get_environment()
    texts = sorted({text for text in _texts(manifest) if "{" in text})
    code = {text: _known.get(text) or environment.compile(text) for text in texts}
    _known.update(code)
    path.write_bytes(versions_of_templates().encode() + b"\n" + marshal.dumps(code))


def _texts(manifest: "Manifest") -> Iterable[str]:
    yield from (macro.macro_sql for macro in manifest.macros.values())
    yield from (node.raw_code for node in manifest.nodes.values() if node.resource_type == "model")
