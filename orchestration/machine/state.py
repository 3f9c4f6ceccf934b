"""Small files that say what has to outlive a run: written whole and to the disk, for their owner alone."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestration.errors import DamagedFile
from orchestration.machine.disk import flush


def read_state(path: Path) -> dict[str, Any] | None:
    """What a state file says; None where there is none. Raises DamagedFile where it can't be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(path, error) from error
    if not isinstance(content, dict):
        raise damaged(path, "it holds no JSON object")
    return content


def write_state(path: Path, content: Mapping[str, Any]) -> None:
    """Replace a state file, in one step."""
    write_private(path, json.dumps(content, indent=1))


def write_private(path: Path, text: str) -> None:
    """Replace a file that only its owner may read: the old one or the new one, also after a power cut."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_text(text, encoding="utf-8")
    flush(part)
    part.replace(path)
    flush(path.parent)


def damaged(path: Path, why: object) -> DamagedFile:
    """The error of a state file that can't be used."""
    return DamagedFile(
        f"{path} is damaged: {why}. What is published stays. Bring the file back from the last backup "
        "(saas-metrics restore; docs/operations.md says what it holds) and run again."
    )
