"""Writing a run's quality page, and keeping those of the last runs."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.run.quality_page.facts import PageFacts, gather
from orchestration.run.quality_page.sparkline import sparkline
from orchestration.run.steps import Run

LATEST = "latest.html"


def write_page(run: Run) -> Path:
    """Write the page of a run that has ended, and drop the oldest ones. Raises OSError on a full disk."""
    folder = run.company.pages
    folder.mkdir(parents=True, exist_ok=True)
    text = render(gather(run))
    page = folder / f"{run.as_of:%Y%m%dT%H%M%SZ}-{run.run_id[:8]}.html"
    for path in (page, folder / LATEST):
        # Never half a page, however the process ends.
        part = run.company.work / "page.part"
        part.unlink(missing_ok=True)
        part.write_text(text, encoding="utf-8")
        part.chmod(0o440)
        part.replace(path)
    kept = sorted(
        (path for path in folder.glob("*.html") if path.name != LATEST),
        key=lambda path: path.stat().st_mtime_ns,
        reverse=True,
    )
    for old in kept[run.company.quality.keep_pages :]:
        old.unlink()
    return page


def render(facts: PageFacts) -> str:
    """The page as HTML. Every value is escaped: extracts are written by strangers."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["sparkline"] = sparkline
    return environment.get_template("page.html").render(facts=facts)
