"""Making a page out of facts, and keeping those of the last runs."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.machine.disk import replace_text
from orchestration.run.steps import Run

LATEST = "latest.html"


def environment(folder: Path, **tools: Any) -> Environment:
    """Templates of a folder, on top of those that all pages share.

    Every value is escaped: extracts are written by strangers. `tools` are what templates may call.
    """
    made = Environment(
        loader=FileSystemLoader([folder, Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(tools)
    return made


def page_name(run: Run) -> str:
    """The name of a run's page, the same in each folder of pages."""
    return f"{run.as_of:%Y%m%dT%H%M%SZ}-{run.run_id[:8]}.html"


def keep_page(run: Run, folder: Path, text: str) -> Path:
    """Write a run's page and the latest one, and drop the oldest. Raises OSError on a full disk."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / page_name(run)
    for path in (page, folder / LATEST):
        replace_text(run.company.work / "page.part", path, text)
    kept = sorted(
        (path for path in folder.glob("*.html") if path.name != LATEST),
        key=lambda path: path.stat().st_mtime_ns,
        reverse=True,
    )
    for old in kept[run.company.quality.keep_pages :]:
        old.unlink()
    return page
