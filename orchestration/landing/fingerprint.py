"""The fingerprint of a source's mapping as it is in force: kept with each delivery, it tells a mended one.

It is one of meaning, not of bytes. Comments, the order of keys, defaults written out, and the order of lists
in which order says nothing change no row, so they change no fingerprint.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from orchestration.landing.canonical import CONTRACT
from orchestration.landing.language import SourceMapping

_UNORDERED = frozenset({"files", "match", "ignore", "ignore_files", "nulls", "checks", "key"})
"""Lists in which order says nothing; in others, such as `from`, the first that fits is taken."""
_CONDITIONS = frozenset({"where", "deleted_when", "assert_complete", "if"})
"""Each field's list of allowed values."""


def mapping_fingerprint(mapping: SourceMapping | None, options: Mapping[str, Any], zone: str) -> str:
    """A hash of all that decides how a source's files are read.

    `mapping` is None for the built-in source, which the contract of the canonical tables reads; `options` are
    those of company.yml, `zone` its reporting time zone, in which times without one are.
    """
    effective: dict[str, Any] = {"options": dict(options)}
    if mapping is None:
        effective |= {"contract": hashlib.sha256(CONTRACT.read_bytes()).hexdigest(), "zone": zone}
    else:
        effective["mapping"] = mapping.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        if any(mapping.locale_of(file).tz is None for file in mapping.files):
            effective["zone"] = zone
    return hashlib.sha256(_text(_ordered(effective, "")).encode()).hexdigest()[:32]


def _ordered(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        inner = "match" if key in _CONDITIONS else ""
        return {name: _ordered(one, inner or name) for name, one in value.items()}
    if isinstance(value, list):
        found = [_ordered(one, "") for one in value]
        return sorted(found, key=_text) if key in _UNORDERED else found
    return value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
